import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { identityOf } from "#disk/folder.ts";
import { fileHasher, type Hashed } from "#disk/hash-file.ts";

setDefaultTimeout(30_000); // large files, on a machine that may be busy

let root: string;
beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/bsv-hash-`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const hashFile = fileHasher(() => false);
const read = async (path: string): Promise<Hashed> =>
  await hashFile({ root, path, expected: identityOf(`${root}/${path}`) });
const hexOf = (hashed: Hashed): string => {
  if (hashed.kind !== "read") throw new Error(hashed.error);
  return Buffer.from(hashed.digest.subarray(0, 32)).toString("hex");
};
const sha256 = (bytes: Uint8Array): string =>
  new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

test("files of every size around a piece and around overlapping have the right hash, one after the other", async () => {
  const MiB = 1 << 20;
  for (const size of [
    0,
    1,
    4095,
    MiB - 1,
    MiB,
    MiB + 1,
    3 * MiB,
    8 * MiB - 1,
    8 * MiB,
    9 * MiB + 7,
  ]) {
    const bytes = crypto.getRandomValues(Buffer.alloc(Math.min(size, 65536)));
    const content = Buffer.alloc(size, bytes.length === 0 ? 0 : bytes);
    writeFileSync(`${root}/f`, content);
    expect(hexOf(await read("f"))).toBe(sha256(content));
  }
});

test("I7: a file that never stops changing is UNSTABLE, not hashed", async () => {
  writeFileSync(`${root}/log`, Buffer.alloc(32 << 20));
  const writer = setInterval(() => appendFileSync(`${root}/log`, "x"), 1);
  const hashed = await read("log");
  clearInterval(writer);
  expect(hashed).toMatchObject({ kind: "failed", error: "UNSTABLE: changed while being read" });
});

test("I7: a file overwritten in place at its old size while read is read again", async () => {
  const size = 128 << 20;
  writeFileSync(`${root}/f`, Buffer.alloc(size, 1));
  const reading = read("f");
  await Bun.sleep(2);
  writeFileSync(`${root}/f`, Buffer.alloc(size, 2));
  expect(hexOf(await reading)).toBe(sha256(Buffer.alloc(size, 2)));
});

test("I7: a file cut short while read is read again, as it then is", async () => {
  writeFileSync(`${root}/f`, Buffer.alloc(128 << 20, 1));
  const reading = read("f");
  await Bun.sleep(2);
  truncateSync(`${root}/f`, 5);
  expect(hexOf(await reading)).toBe(sha256(Buffer.alloc(5, 1)));
});

test("a file replaced by another between walk and open is read as it now is, with its new facts", async () => {
  writeFileSync(`${root}/f`, "old");
  const expected = identityOf(`${root}/f`);
  writeFileSync(`${root}/g`, "new!");
  renameSync(`${root}/g`, `${root}/f`);
  const hashed = await hashFile({ root, path: "f", expected });
  expect(hexOf(hashed)).toBe(sha256(Buffer.from("new!")));
  expect(hashed.facts?.sizeBytes).toBe(4);
});

test("I13: what became a symlink or a FIFO before it was opened is not opened", async () => {
  writeFileSync(`${root}/secret`, "secret");
  for (const make of [
    () => symlinkSync("secret", `${root}/f`),
    () => Bun.spawnSync(["mkfifo", `${root}/f`]),
  ]) {
    writeFileSync(`${root}/f`, "x");
    const expected = identityOf(`${root}/f`);
    rmSync(`${root}/f`);
    make();
    const hashed = await hashFile({ root, path: "f", expected });
    expect(hashed).toMatchObject({ kind: "failed" });
    expect((hashed as { error: string }).error).toStartWith("UNSTABLE: replaced");
    rmSync(`${root}/f`);
  }
});

test("I13: a folder on the way that became a symlink is not followed, though the file behind it is there", async () => {
  mkdirSync(`${root}/a`);
  mkdirSync(`${root}/elsewhere`);
  writeFileSync(`${root}/a/f`, "mine");
  writeFileSync(`${root}/elsewhere/f`, "not mine");
  const expected = identityOf(`${root}/a/f`);
  renameSync(`${root}/a`, `${root}/b`);
  symlinkSync("elsewhere", `${root}/a`);
  const hashed = await hashFile({ root, path: "a/f", expected });
  expect(hashed.kind).toBe("failed");
});

test("I13: reading a file of ours leaves its atime alone", async () => {
  writeFileSync(`${root}/f`, "x");
  const longAgo = new Date("2001-02-03T04:05:06Z"); // older than a day: even relatime would touch it
  utimesSync(`${root}/f`, longAgo, longAgo);
  await read("f");
  expect(statSync(`${root}/f`).atime).toEqual(longAgo);
});

test("I6: a file that vanished is recorded so", async () => {
  writeFileSync(`${root}/f`, "x");
  const expected = identityOf(`${root}/f`);
  rmSync(`${root}/f`);
  const hashed = await hashFile({ root, path: "f", expected });
  expect(hashed).toEqual({
    kind: "failed",
    error: "ENOENT: vanished while being scanned",
    facts: undefined,
  });
});
