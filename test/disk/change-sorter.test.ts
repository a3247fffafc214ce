// Changes that come in any order, more of them than one round of merging takes.
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeLine, put, type Change } from "#core/delta.ts";
import { compareKeys, keyOfPath, pathOfKey } from "#core/order.ts";
import { ChangeSorter } from "#disk/change-sorter.ts";

/** More than 48 runs of 4,096: those are merged into one before the last are written. */
const COUNT = 205_000;

const names = ["a", "\u007f", "é\n", "\udcff", '"quoted"'];

function changeAt(nr: number): Change {
  const path = `/${nr % 997}/${nr}${names[nr % names.length]}`;
  if (nr % 10 === 3) return { key: keyOfPath(path, nr % 20 === 3), entry: null };
  const none = { checksum: null, error: "EACCES: no", target: null, inode: 0, mtimeUs: nr };
  if (nr % 10 === 4) return put({ path, type: "dir", sizeBytes: null, ...none });
  const checksum = nr.toString(16).padStart(64, "0");
  return put({ path, type: "file", sizeBytes: nr, ...none, checksum, error: null });
}

test("changes in any order come back in the one order, whole, each with its line", () => {
  const folder = mkdtempSync(join(tmpdir(), "bsv-sorter-"));
  try {
    const sorter = new ChangeSorter(folder);
    for (let i = 0; i < COUNT; i++) {
      const nr = (i * 7919) % COUNT;
      const change = changeAt(nr);
      const text = changeLine(change, pathOfKey(change.key.folder, change.key.name));
      sorter.add({ change, text, line: nr });
    }
    let last: Change["key"] | undefined;
    let count = 0;
    let isRight = true;
    for (const { change, line } of sorter.read()) {
      const isNext = last === undefined || compareKeys(last, change.key) < 0;
      last = change.key;
      count++;
      isRight &&= isNext && Bun.deepEquals(change, changeAt(line));
    }
    expect([count, isRight]).toEqual([COUNT, true]);
    sorter.close();
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
