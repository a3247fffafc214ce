// Lists with entries of every kind and names of every sort, for what reads them in another way than one after the other.
import type { Entry } from "#core/entry.ts";
import { compareKeys } from "#core/order.ts";
import { keyOf } from "./model.ts";
import type { Random } from "./random.ts";
import { file } from "./sample.ts";

const NAMES = ["a", "b", "é", "\udcff", "\ufffd", "\ufeffbom", "x\udc80y", "long".repeat(40)];
const FOLDERS = ["/", "/d/", "/d/e/", "/\udcfe/", "/z/"];

export function randomList(random: Random): Entry[] {
  const entries: Entry[] = [];
  for (const folder of FOLDERS) {
    for (const name of NAMES)
      if (random.below(4) > 0) entries.push(randomEntry(random, folder + name));
  }
  return entries.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
}

function randomEntry(random: Random, path: string): Entry {
  const seed = random.below(3);
  const none = { checksum: null, error: "EACCES: no" };
  const kinds: Partial<Entry>[] = [
    {},
    {},
    { checksum: "abcde" },
    { checksum: "abcd" },
    { checksum: null },
    { inode: "9007199254740993" },
    { inode: null },
    { mtimeUs: -1_500_000 },
    none,
    { ...none, type: "other", sizeBytes: null, mtimeUs: null, inode: null },
    { type: "symlink", target: "../\udcfd", checksum: null },
  ];
  return file(path, seed, random.pick(kinds));
}
