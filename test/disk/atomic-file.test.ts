import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
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

test("a writer that was killed blocks nobody; the next takes away what it left, and nothing else", () => {
  const file = `${home}/doc.json`;
  const dead = Bun.spawnSync(["true"]).pid;
  const hourAgo = new Date(Date.now() - 2 * 3_600_000);
  const names = {
    [`doc.json.${dead}-0123abcd.tmp`]: hourAgo, // left behind
    [`doc.json.${dead}-4567abcd.tmp`]: new Date(), // perhaps of another machine
    [`doc.json.${process.pid}-89ababcd.tmp`]: hourAgo, // at work
    [`other.json.${dead}-0123abcd.tmp`]: hourAgo,
    "doc.json.tmp": hourAgo, // somebody's own
  };
  for (const [name, at] of Object.entries(names)) {
    writeFileSync(`${home}/${name}`, "x");
    utimesSync(`${home}/${name}`, at, at);
  }
  const [first, second] = [new AtomicFile(file), new AtomicFile(file)];
  first.append("first");
  second.append("second");
  first.commit();
  second.commit();
  expect(readFileSync(file, "utf8")).toBe("second");
  const left = Object.keys(names).slice(1);
  expect(readdirSync(home).sort()).toEqual(["doc.json", ...left].sort());
});

test.if(existsSync("/dev/full"))("a full disk ends the run, and is said to be one", () => {
  const out = new OwnFile("/dev/full", "w+");
  out.append("x");
  expect(() => out.flush()).toThrow(
    expect.objectContaining({ code: "disk_full", message: "No space left to write /dev/full" }),
  );
  out.close();
});
