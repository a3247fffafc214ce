import { expect, test } from "bun:test";
import { Home } from "./harness.ts";

test("I5: a word that is not UTF-8 reaches the command with its bytes", async () => {
  using home = new Home();
  const { stderr, exit } = await home.shell(`bsv $'caf\\xe9' ok`);
  expect(stderr).toContain("caf\\udce9");
  expect(exit).toBe(2);
});
