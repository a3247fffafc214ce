// What a scan found to differ from the last snapshot, or had to read to know: kept in a spool in the one order until all hashes
// are there, then told as changes. Each telling starts afresh, so that the store may ask twice.
import { isSameEntry, type Entry } from "#core/entry.ts";
import { pathOfKey, type EntryKey } from "#core/order.ts";
import type { Facts } from "#disk/facts.ts";
import type { Spool } from "#disk/spool.ts";
import type { BaseEntry, Stamp } from "./base.ts";
import type { Digests } from "./digests.ts";
import type { Outcome } from "./outcome.ts";

/** What the store is told of one key; the stamp goes into its scan cache. */
export interface FoundChange {
  readonly key: EntryKey;
  readonly entry: Entry | null;
  readonly stamp?: Stamp;
}

export class Found {
  readonly #spool: Spool;
  /** When the scan began: no file was read before. */
  readonly #readAtMs: number;

  constructor(spool: Spool, readAtMs: number) {
    this.#spool = spool;
    this.#readAtMs = readAtMs;
  }

  /** Nothing stands at the key any more; `isUnknown` where that could not be seen. */
  addGone(key: EntryKey, isUnknown: boolean): void {
    this.#add([GONE, key.folder, key.name, isUnknown]);
  }

  /** An entry that needs no reading and is not as it was. */
  addPut(key: EntryKey, entry: Entry, isNew: boolean): void {
    this.#add([PUT, key.folder, key.name, pack(entry), isNew]);
  }

  /** A file that is being read; its digest will stand at `number`. */
  addRead(key: EntryKey, entry: Entry, facts: Facts, number: number, old?: BaseEntry): void {
    const was: PackedOld | null =
      old === undefined ? null : [pack(old.entry), old.stamp?.ctimeUs ?? null];
    const { ctimeUs, device } = facts;
    this.#add([READ, key.folder, key.name, pack(entry), ctimeUs, device, number, was]);
  }

  /** What the store does not have yet. `outcome` is complete when all is told. */
  *changes(digests: Digests, outcome: Outcome): Generator<FoundChange> {
    for (const line of this.#spool.lines()) {
      const found = JSON.parse(line) as Line;
      const key = { folder: found[1], name: found[2] };
      switch (found[0]) {
        case GONE:
          outcome.gone(found[3]);
          yield { key, entry: null };
          break;
        case PUT:
          outcome.put(found[4]);
          yield { key, entry: unpack(key, found[3]) };
          break;
        case READ: {
          const { entry, stamp, old, oldCtimeUs } = this.#settle(key, found, digests);
          outcome.read(entry, stamp?.ctimeUs, old, oldCtimeUs);
          if (old !== undefined && isSameEntry(entry, old)) break;
          yield stamp === undefined ? { key, entry } : { key, entry, stamp };
        }
      }
    }
  }

  /** Files that were read and found as they were: the store only notes when. */
  *confirmed(digests: Digests): Generator<{ key: EntryKey; stamp: Stamp }> {
    for (const line of this.#spool.lines()) {
      const found = JSON.parse(line) as Line;
      if (found[0] !== READ) continue;
      const key = { folder: found[1], name: found[2] };
      const { entry, stamp, old } = this.#settle(key, found, digests);
      if (stamp !== undefined && old !== undefined && isSameEntry(entry, old)) yield { key, stamp };
    }
  }

  remove(): void {
    this.#spool.remove();
  }

  // --- internal ---

  #add(line: Line): void {
    this.#spool.append(JSON.stringify(line));
  }

  /** The entry as it was when it was read, and what was there before. */
  #settle(key: EntryKey, [, , , packed, ctimeUs, device, number, was]: ReadLine, digests: Digests) {
    const seen = unpack(key, packed);
    const odd = digests.odd(number);
    const error = odd?.error ?? null;
    const facts = odd?.facts;
    const entry: Entry = {
      path: seen.path,
      type: "file",
      target: null,
      sizeBytes: facts?.sizeBytes ?? seen.sizeBytes,
      mtimeUs: facts?.mtimeUs ?? seen.mtimeUs,
      inode: seen.inode === 0 ? 0 : (facts?.inode ?? seen.inode),
      checksum: error === null ? digests.hex(number) : null,
      error,
    };
    const stamp: Stamp | undefined =
      error !== null
        ? undefined
        : {
            ctimeUs: facts?.ctimeUs ?? ctimeUs,
            device: facts?.device ?? device,
            readAtMs: this.#readAtMs,
          };
    return {
      entry,
      stamp,
      old: was === null ? undefined : unpack(key, was[0]),
      oldCtimeUs: was?.[1] ?? undefined,
    };
  }
}

// --- internal ---

const GONE = 0;
const PUT = 1;
const READ = 2;

/** An entry without its path, as an array: a million of them are written and read back. */
type Packed = [
  type: Entry["type"],
  target: string | null,
  sizeBytes: number | null,
  mtimeUs: number | null,
  inode: number | string | null,
  checksum: string | null,
  error: string | null,
];
type PackedOld = [entry: Packed, ctimeUs: number | null];

type ReadLine = [
  kind: typeof READ,
  folder: string,
  name: string,
  entry: Packed,
  ctimeUs: number,
  device: number,
  number: number,
  old: PackedOld | null,
];
type Line =
  | [kind: typeof GONE, folder: string, name: string, isUnknown: boolean]
  | [kind: typeof PUT, folder: string, name: string, entry: Packed, isNew: boolean]
  | ReadLine;

function pack(entry: Entry): Packed {
  const { type, target, sizeBytes, mtimeUs, inode, checksum, error } = entry;
  return [type, target, sizeBytes, mtimeUs, inode, checksum, error];
}

function unpack({ folder, name }: EntryKey, packed: Packed): Entry {
  const [type, target, sizeBytes, mtimeUs, inode, checksum, error] = packed;
  const path = pathOfKey(folder, name);
  return { path, type, target, sizeBytes, mtimeUs, inode, checksum, error };
}
