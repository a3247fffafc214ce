import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { AtomicFile, OwnFile } from "#disk/atomic-file.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(`${tmpdir()}/bsv-atomic-`);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("I2: nothing is visible under its name before it is whole", () => {
  const file = `${home}/deep/er/doc.json`;
  const out = new AtomicFile(file);
  const parts = ["{", "é".repeat(200_000), "x", "y".repeat(600_000), "}"];
  for (const part of parts) out.append(part);
  expect(existsSync(file)).toBe(false);
  out.commit();
  expect(readFileSync(file, "utf8")).toBe(parts.join(""));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(`${home}/deep`).mode & 0o777).toBe(0o700);
  expect(readdirSync(`${home}/deep/er`)).toEqual(["doc.json"]);
});

test("what is discarded leaves the old file as it was, and nothing beside it", () => {
  writeFileSync(`${home}/doc`, "old");
  const out = new AtomicFile(`${home}/doc`);
  out.append("new");
  out.discard();
  expect(readdirSync(home)).toEqual(["doc"]);
  expect(readFileSync(`${home}/doc`, "utf8")).toBe("old");
});

test.if(existsSync("/dev/full"))("a full disk ends the run, and is said to be one", () => {
  const out = new OwnFile("/dev/full", "w+");
  out.append("x");
  expect(() => out.flush()).toThrow(
    expect.objectContaining({ code: "disk_full", message: "No space left to write /dev/full" }),
  );
  out.close();
});
