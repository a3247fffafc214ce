// What a list of checksums says of one file, whoever wrote it: sha256sum, its BSD form, hashdeep, mtree, a BagIt manifest, our
// CSV. Where a format has no place for a fact it is null: not told, which is never the same as zero.
import type { EntryType } from "#core/entry.ts";
import { pathText } from "#core/path-bytes.ts";

export const SUMS_FORMATS = ["sha256sums", "hashdeep", "mtree", "bagit", "csv"] as const;
export type SumsFormat = (typeof SUMS_FORMATS)[number];

/** One file in such a list. */
export interface Sum {
  /** Where it stands in the list, from 1. */
  readonly line: number;
  /** Exact, see path-bytes.ts; as the list says it, less a leading `./`. */
  readonly path: string;
  readonly type: EntryType;
  readonly target: string | null;
  readonly sizeBytes: number | null;
  readonly mtimeUs: number | null;
  readonly inode: number | string | null;
  /** `sha256`, `md5` …; where a line has several, sha256 is taken, else the longest. Null without a checksum. */
  readonly algorithm: string | null;
  /** Lower-case hex. */
  readonly checksum: string | null;
  readonly error: string | null;
}

/** A line that says nothing that can be understood. */
export interface SumProblem {
  readonly line: number;
  readonly problem: string;
}

export type SumLine = Sum | SumProblem;

/** Reads a list line by line. A line ends without its line end; undefined for one that says nothing of a file. */
export interface SumsReader {
  read(bytes: Buffer, line: number): SumLine | undefined;
  /** At the end of the list: a line that was still open. */
  finish?(): SumLine | undefined;
}

/** What such a list can leave out. */
type Told = Partial<Sum> & Pick<Sum, "line">;

/** The sum of a path as bytes; a problem where these can be no path. */
export function sumAt(bytes: Uint8Array, told: Told): SumLine {
  const path = pathText(bytes).replace(/^(?:\.\/+)+/, "");
  const { line } = told;
  if (path === "") return { line, problem: "names no file" };
  if (path.includes("\0")) return { line, problem: "the name holds a NUL byte" };
  if (path.endsWith("/") && told.type !== "dir")
    return { line, problem: "the name ends with a slash" };
  return { ...NOTHING, ...told, path };
}

/** Of several checksums of one file the one to go by. */
export function strongest(
  digests: Readonly<Record<string, string>>,
): Pick<Sum, "algorithm" | "checksum"> {
  const names = Object.keys(digests).sort((a, b) => digests[b]!.length - digests[a]!.length);
  const algorithm = names.includes("sha256") ? "sha256" : names[0];
  if (algorithm === undefined) return { algorithm: null, checksum: null };
  return { algorithm, checksum: digests[algorithm]!.toLowerCase() };
}

/** The usual algorithm of a checksum with so many hex digits; undefined if there is none. */
export const algorithmOfLength = (digits: number): string | undefined => BY_LENGTH[digits];

/**
 * The algorithm of a sum, where it says to be another than its length lets one think; else undefined. A snapshot's checksums are known by their
 * length alone: such a one must not stand beside them.
 */
export function otherAlgorithm({ algorithm, checksum }: Sum): string | undefined {
  if (algorithm === null || checksum === null) return undefined;
  return algorithm === algorithmOfLength(checksum.length) ? undefined : algorithm;
}

// --- internal ---

const NOTHING = {
  type: "file",
  target: null,
  sizeBytes: null,
  mtimeUs: null,
  inode: null,
  algorithm: null,
  checksum: null,
  error: null,
} as const;

const BY_LENGTH: Readonly<Record<number, string>> = {
  32: "md5",
  40: "sha1",
  56: "sha224",
  64: "sha256",
  96: "sha384",
  128: "sha512",
};
