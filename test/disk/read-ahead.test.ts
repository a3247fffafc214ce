import { expect, test } from "bun:test";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { readAhead } from "#disk/read-ahead.ts";

const buffers = Array.from({ length: 3 }, () => Buffer.alloc(100));

test("I7: every byte comes once and in order, for every size around the pieces", async () => {
  const dir = mkdtempSync(`${tmpdir()}/bsv-read-ahead-`);
  for (const size of [0, 1, 99, 100, 101, 299, 300, 301, 5000, 5050]) {
    const content = crypto.getRandomValues(Buffer.alloc(size));
    writeFileSync(`${dir}/file`, content);
    const fd = openSync(`${dir}/file`, "r");
    const pieces: Buffer[] = [];
    for await (const piece of readAhead(fd, buffers)) pieces.push(Buffer.from(piece));
    closeSync(fd);
    expect(Buffer.concat(pieces)).toEqual(content);
  }
  rmSync(dir, { recursive: true });
});

test("I7: a file that is cut while it is read gives no byte of its old end", async () => {
  const dir = mkdtempSync(`${tmpdir()}/bsv-read-ahead-`);
  writeFileSync(`${dir}/file`, Buffer.alloc(5000, 1));
  const fd = openSync(`${dir}/file`, "r");
  let total = 0;
  for await (const piece of readAhead(fd, buffers)) {
    total += piece.length;
    if (total === 100) truncateSync(`${dir}/file`, 350);
  }
  closeSync(fd);
  expect(readFileSync(`${dir}/file`).length).toBe(350);
  expect(total).toBeLessThanOrEqual(400); // what was read before the cut, or up to the new end
  rmSync(dir, { recursive: true });
});

test("a read that fails is thrown, also when nobody waited for it yet", async () => {
  const fd = openSync("/", "r"); // a folder: EISDIR
  const reading = (async () => {
    for await (const _ of readAhead(fd, buffers)) throw new Error("there is nothing to read");
  })();
  expect(reading).rejects.toThrow("EISDIR");
  await reading.catch(() => {});
  closeSync(fd);
});
