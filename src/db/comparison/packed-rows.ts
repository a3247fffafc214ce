// The versions of a page as few values that go from thread to thread without being copied: numbers in one array, names and checksums
// in one buffer. Objects would be copied one by one, which costs as much as reading them. Versions that are not like most, links and
// what could not be read, go as they are.
import type { Entry } from "#core/entry.ts";
import { pathOfKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import { entryAtPath, FILE } from "#db/version.ts";
import {
  differenceAt,
  type Difference,
  type Located,
  type Span,
  type SpanRow,
} from "./difference.ts";

export interface PackedRows {
  readonly count: number;
  /** Of each row its numbers, in the order of `FOLDER_ID` and so on, and at the end where the bytes end. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Of each row its name, then its checksum. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The folders, each with the first row that stands in it. */
  readonly folders: readonly (readonly [row: number, path: string])[];
  readonly odd: ReadonlyMap<number, SpanRow>;
}

export function packed(rows: readonly Located[]): PackedRows {
  const numbers = new Float64Array(rows.length * WIDTH + NAME_AT + 1);
  const bytes = new Uint8Array(rows.reduce((sum, { version }) => sum + bytesOf(version), 0));
  const folders: [number, string][] = [];
  const odd = new Map<number, SpanRow>();
  let end = 0;
  let folderId = -1;
  for (const [row, { version, folder }] of rows.entries()) {
    if (version.folder_id !== folderId) {
      folderId = version.folder_id;
      folders.push([row, folder]);
    }
    const at = row * WIDTH;
    numbers[at + FOLDER_ID] = folderId;
    numbers[at + FROM_MS] = version.from_ms;
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

/** What `paired` makes of the rows. */
export function unpacked(
  { count, numbers, bytes, folders, odd }: PackedRows,
  span: Span,
): Difference[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const differences: Difference[] = [];
  let folderNr = 0;
  let folder = "";
  for (let row = 0; row < count; row++) {
    if (folders[folderNr]?.[0] === row) folder = folders[folderNr++]![1];
    const at = row * WIDTH;
    const name = nameIn(buffer, numbers[at + NAME_AT]!, numbers[at + CHECKSUM_AT]!);
    const path = pathOfKey(folder, name);
    const first = entryIn(row, path);
    const second = row + 1 < count && isSameKey(at, at + WIDTH) ? entryIn(++row, path) : null;
    const fromMs = numbers[at + FROM_MS]!;
    const difference = differenceAt(span, { folder, name }, first, second, fromMs);
    if (difference !== undefined) differences.push(difference);
  }
  return differences;

  function entryIn(row: number, path: string): Entry {
    const version = odd.get(row);
    if (version !== undefined) return entryAtPath(path, version);
    const at = row * WIDTH;
    return {
      path,
      type: "file",
      target: null,
      sizeBytes: numbers[at + SIZE]!,
      mtimeUs: numbers[at + MTIME_US]!,
      inode: numbers[at + INODE]!,
      checksum: buffer.toString("hex", numbers[at + CHECKSUM_AT], numbers[at + WIDTH + NAME_AT]),
      error: null,
    };
  }

  function isSameKey(a: number, b: number): boolean {
    if (numbers[a + FOLDER_ID] !== numbers[b + FOLDER_ID]) return false;
    const [start, end] = [numbers[a + NAME_AT]!, numbers[a + CHECKSUM_AT]!];
    const [otherStart, otherEnd] = [numbers[b + NAME_AT]!, numbers[b + CHECKSUM_AT]!];
    if (end - start !== otherEnd - otherStart) return false;
    for (let i = 0; i < end - start; i++) {
      if (buffer[start + i] !== buffer[otherStart + i]) return false;
    }
    return true;
  }
}

// --- internal ---

const [FOLDER_ID, FROM_MS, SIZE, MTIME_US, INODE, NAME_AT, CHECKSUM_AT] = [0, 1, 2, 3, 4, 5, 6];
const WIDTH = 7;

/** Nearly all there are. */
type PlainRow = SpanRow & { size: number; mtime_us: number; inode: number; checksum: Uint8Array };

function isPlain(version: SpanRow): version is PlainRow {
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

const bytesOf = (version: SpanRow): number =>
  version.name.length + (isPlain(version) ? version.checksum.length : 0);

function nameIn(buffer: Buffer, start: number, end: number): string {
  const name = buffer.toString("utf8", start, end);
  // As `pathText`, which needs a view for each name: only one with a replacement character can be damaged.
  return name.includes("\ufffd") ? pathText(buffer.subarray(start, end)) : name;
}
