// What a scan found to differ from the last snapshot, or had to read to know: kept in a spool in the one order until all hashes
// are there, then told as changes. Each telling starts afresh, so that the store may ask twice.
import { isSameEntry, type Entry } from "#core/entry.ts";
import { pathOfKey, type EntryKey } from "#core/order.ts";
import type { Facts } from "#disk/facts.ts";
import type { Spool } from "#disk/spool.ts";
import type { Stamp } from "./base.ts";
import type { Outcome, OutcomeKind } from "./outcome.ts";
import type { Reading } from "./reading.ts";
import type { Old } from "./survey.ts";

/** What the store is told of one key; the stamp goes into its scan cache. */
export interface FoundChange {
  readonly key: EntryKey;
  readonly entry: Entry | null;
  readonly stamp?: Stamp;
}

export class Found {
  readonly #spool: Spool<FoundLine>;
  /** When the scan began: no file was read before. */
  readonly #readAtMs: number;
  /** Of the last line: the next one names it only if it is another. */
  #folder: string | undefined;

  constructor(spool: Spool<FoundLine>, readAtMs: number) {
    this.#spool = spool;
    this.#readAtMs = readAtMs;
  }

  /** Nothing stands at the key any more; "unknown" where that could not be seen. */
  addGone(key: EntryKey, kind: "removed" | "unknown"): void {
    this.#add([GONE, this.#folderOf(key), key.name, kind]);
  }

  /** An entry that needs no reading and is not as it was. */
  addPut(key: EntryKey, entry: Entry, kind: OutcomeKind | null): void {
    this.#add([PUT, this.#folderOf(key), key.name, pack(entry), kind]);
  }

  /** A file that is being read; its digest will stand at `number`. */
  addRead(key: EntryKey, entry: Entry, facts: Facts, number: number, old: Old): void {
    const { sizeBytes, mtimeUs, inode } = entry;
    const seen = [sizeBytes!, mtimeUs!, inode!, facts.ctimeUs, facts.device] as const;
    this.#add([READ, this.#folderOf(key), key.name, number, ...seen, ...packOld(old)]);
  }

  /** What the store does not have yet. `outcome` is complete when all is told. Throws `StillReading`. */
  *changes(reading: Reading, outcome: Outcome): Generator<FoundChange> {
    for (const { key, found } of this.#findings()) {
      switch (found[0]) {
        case GONE:
          outcome.count(found[3]);
          yield { key, entry: null };
          break;
        case PUT:
          outcome.count(found[4]);
          yield { key, entry: unpack(key, found[3]) };
          break;
        case READ: {
          const { entry, stamp, old, oldCtimeUs } = this.#settle(key, found, reading);
          outcome.read(entry, stamp?.ctimeUs, old, oldCtimeUs);
          if (isSame(entry, old)) break;
          yield stamp === undefined ? { key, entry } : { key, entry, stamp };
        }
      }
    }
  }

  /** Files that were read and found as they were: the store only notes when. */
  *confirmed(reading: Reading): Generator<{ key: EntryKey; stamp: Stamp }> {
    for (const { key, found } of this.#findings()) {
      if (found[0] !== READ) continue;
      const { entry, stamp, old } = this.#settle(key, found, reading);
      if (stamp !== undefined && isSame(entry, old)) yield { key, stamp };
    }
  }

  remove(): void {
    this.#spool.remove();
  }

  // --- internal ---

  #add(line: FoundLine): void {
    this.#spool.append(line);
  }

  #folderOf({ folder }: EntryKey): string | null {
    if (folder === this.#folder) return null;
    this.#folder = folder;
    return folder;
  }

  *#findings(): Generator<{ key: EntryKey; found: FoundLine }> {
    let folder = "";
    for (const found of this.#spool.values()) {
      folder = found[1] ?? folder;
      yield { key: { folder, name: found[2] }, found };
    }
  }

  /** The entry as it was when it was read, and what was there before. */
  #settle(key: EntryKey, line: ReadLine, reading: Reading) {
    const [, , , number, sizeBytes, mtimeUs, inode, ctimeUs, device, was, oldCtimeUs] = line;
    reading.settle(number);
    const { digests } = reading;
    const odd = digests.odd(number);
    const error = odd?.error ?? null;
    const facts = odd?.facts;
    const entry: Entry = {
      path: pathOfKey(key.folder, key.name),
      type: "file",
      target: null,
      sizeBytes: facts?.sizeBytes ?? sizeBytes,
      mtimeUs: facts?.mtimeUs ?? mtimeUs,
      inode: inode === 0 ? 0 : (facts?.inode ?? inode),
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
    const old = typeof was === "object" ? unpack(key, was) : was;
    return { entry, stamp, old, oldCtimeUs: oldCtimeUs ?? undefined };
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
type PackedOld = [] | [unseen: "unseen"] | [entry: Packed, ctimeUs: number | null];

/** The folder is null where it is that of the line before. */
type ReadLine = [
  kind: typeof READ,
  folder: string | null,
  name: string,
  number: number,
  sizeBytes: number,
  mtimeUs: number,
  inode: number | string,
  ctimeUs: number,
  device: number,
  ...old: PackedOld,
];
export type FoundLine =
  | [kind: typeof GONE, folder: string | null, name: string, kind: "removed" | "unknown"]
  | [kind: typeof PUT, folder: string | null, name: string, entry: Packed, kind: OutcomeKind | null]
  | ReadLine;

function pack(entry: Entry): Packed {
  const { type, target, sizeBytes, mtimeUs, inode, checksum, error } = entry;
  return [type, target, sizeBytes, mtimeUs, inode, checksum, error];
}

function packOld(old: Old): PackedOld {
  if (old === undefined) return [];
  return old === "unseen" ? [old] : [pack(old.entry), old.stamp?.ctimeUs ?? null];
}

function unpack({ folder, name }: EntryKey, packed: Packed): Entry {
  const [type, target, sizeBytes, mtimeUs, inode, checksum, error] = packed;
  const path = pathOfKey(folder, name);
  return { path, type, target, sizeBytes, mtimeUs, inode, checksum, error };
}

const isSame = (entry: Entry, old: Entry | "unseen" | undefined): boolean =>
  typeof old === "object" && isSameEntry(entry, old);
