// Versions as few values that go from thread to thread without being copied: numbers in one array, names and checksums in one buffer.
// Objects would be copied one by one, which costs as much as reading them. Versions that are not like most, links and what could
// not be read, go as they are.
import type { Entry } from "#core/entry.ts";
import { pathOfKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import { entryAtPath, FILE, type EntryRow } from "./version.ts";

/** A version, and the folder it stands in. */
export interface Located<Row extends EntryRow = EntryRow> {
  readonly version: Row;
  readonly folder: string;
}

export interface PackedRows {
  readonly count: number;
  /** Of each row its numbers, in the order of `FOLDER_ID` and so on, and at the end where the bytes end. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Of each row its name, then its checksum. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The folders, each with the first row that stands in it. */
  readonly folders: readonly (readonly [row: number, path: string])[];
  readonly odd: ReadonlyMap<number, EntryRow>;
}

/** Where a version begins is told where the rows say it. */
export function packed(rows: readonly Located<EntryRow & { from_ms?: number }>[]): PackedRows {
  const numbers = new Float64Array(rows.length * WIDTH + NAME_AT + 1);
  const bytes = new Uint8Array(rows.reduce((sum, { version }) => sum + bytesOf(version), 0));
  const folders: [number, string][] = [];
  const odd = new Map<number, EntryRow>();
  let end = 0;
  let folderId = -1;
  for (const [row, { version, folder }] of rows.entries()) {
    if (version.folder_id !== folderId) {
      folderId = version.folder_id;
      folders.push([row, folder]);
    }
    const at = row * WIDTH;
    numbers[at + FOLDER_ID] = folderId;
    numbers[at + FROM_MS] = version.from_ms ?? Number.NaN;
    numbers[at + NAME_AT] = end;
    bytes.set(version.name, end);
    end += version.name.length;
    numbers[at + CHECKSUM_AT] = end;
    if (isPlain(version)) {
      numbers[at + SIZE] = version.size;
      numbers[at + MTIME_US] = version.mtime_us;
      numbers[at + INODE] = version.inode;
      bytes.set(version.checksum, end);
      end += version.checksum.length;
    } else {
      odd.set(row, version);
    }
  }
  numbers[rows.length * WIDTH + NAME_AT] = end;
  return { count: rows.length, numbers, bytes, folders, odd };
}

/** The buffers, to be handed over instead of copied. */
export const buffersOf = ({ numbers, bytes }: PackedRows): ArrayBuffer[] => [
  numbers.buffer,
  bytes.buffer,
];

/** What each row holds; rows are asked one after the other. */
export class Unpacking {
  readonly count: number;
  readonly #pack: PackedRows;
  readonly #buffer: Buffer;
  #folderNr = 0;
  #folder = "";

  constructor(pack: PackedRows) {
    const { bytes } = pack;
    this.#pack = pack;
    this.count = pack.count;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  folderAt(row: number): string {
    const { folders } = this.#pack;
    if (folders[this.#folderNr]?.[0] === row) this.#folder = folders[this.#folderNr++]![1];
    return this.#folder;
  }

  nameAt(row: number): string {
    const [start, end] = this.#nameEnds(row);
    const name = this.#buffer.toString("utf8", start, end);
    // As `pathText`, which needs a view for each name: only one with a replacement character can be damaged.
    return name.includes("\ufffd") ? pathText(this.#buffer.subarray(start, end)) : name;
  }

  fromMsAt(row: number): number {
    return this.#pack.numbers[row * WIDTH + FROM_MS]!;
  }

  entryAt(row: number, path: string): Entry {
    const { odd, numbers } = this.#pack;
    const version = odd.get(row);
    if (version !== undefined) return entryAtPath(path, version);
    const at = row * WIDTH;
    const [start, end] = [numbers[at + CHECKSUM_AT], numbers[at + WIDTH + NAME_AT]];
    return {
      path,
      type: "file",
      target: null,
      sizeBytes: numbers[at + SIZE]!,
      mtimeUs: numbers[at + MTIME_US]!,
      inode: numbers[at + INODE]!,
      checksum: this.#buffer.toString("hex", start, end),
      error: null,
    };
  }

  /** Whether two rows stand at the same name of the same folder. */
  isSameKey(row: number, other: number): boolean {
    const { numbers } = this.#pack;
    if (numbers[row * WIDTH + FOLDER_ID] !== numbers[other * WIDTH + FOLDER_ID]) return false;
    const [start, end] = this.#nameEnds(row);
    const [otherStart, otherEnd] = this.#nameEnds(other);
    if (end - start !== otherEnd - otherStart) return false;
    for (let i = 0; i < end - start; i++) {
      if (this.#buffer[start + i] !== this.#buffer[otherStart + i]) return false;
    }
    return true;
  }

  #nameEnds(row: number): [start: number, end: number] {
    const { numbers } = this.#pack;
    return [numbers[row * WIDTH + NAME_AT]!, numbers[row * WIDTH + CHECKSUM_AT]!];
  }
}

/** The entries of versions that are of one moment. */
export function* entriesIn(pack: PackedRows): Generator<Entry> {
  const rows = new Unpacking(pack);
  for (let row = 0; row < rows.count; row++) {
    yield rows.entryAt(row, pathOfKey(rows.folderAt(row), rows.nameAt(row)));
  }
}

// --- internal ---

const [FOLDER_ID, FROM_MS, SIZE, MTIME_US, INODE, NAME_AT, CHECKSUM_AT] = [0, 1, 2, 3, 4, 5, 6];
const WIDTH = 7;

/** Nearly all there are. */
type Plain<Row extends EntryRow> = Row & {
  size: number;
  mtime_us: number;
  inode: number;
  checksum: Uint8Array;
};

function isPlain<Row extends EntryRow>(version: Row): version is Plain<Row> {
  return (
    version.type === FILE &&
    version.error === null &&
    version.target === null &&
    version.size !== null &&
    version.mtime_us !== null &&
    typeof version.inode === "number" &&
    version.checksum !== null &&
    typeof version.checksum !== "string"
  );
}

const bytesOf = (version: EntryRow): number =>
  version.name.length + (isPlain(version) ? version.checksum.length : 0);
