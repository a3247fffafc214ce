// Reads a list of checksums of any size and any of the known formats, told by its first bytes. Lines that cannot be understood come
// out as problems: what to think of them is the caller's to decide, and they are never dropped.
import { BsvError } from "#core/errors.ts";
import { problem } from "#core/lines.ts";
import { manifestAlgorithm, manifestReader } from "./bagit.ts";
import { checksumLinesReader } from "./checksum-lines.ts";
import { csvReader } from "./csv.ts";
import { hashdeepReader } from "./hashdeep.ts";
import { mtreeReader } from "./mtree.ts";
import type { SumLine, SumsFormat, SumsReader } from "./sum.ts";

export interface SumsQuestion {
  /** What it is called: only its name tells a bag's manifest from the lines of sha256sum. */
  readonly fileName?: string | undefined;
  /** Not to be told by the first bytes. */
  readonly format?: SumsFormat | undefined;
}

/**
 * All lines that say something of a file, in their order, in pages of no fixed size. Throws `malformed` where no format fits the
 * beginning, `too_large` for a line over `MAX_LINE_BYTES`.
 */
export async function* readSums(
  chunks: AsyncIterable<Uint8Array>,
  question: SumsQuestion = {},
): AsyncGenerator<SumLine[]> {
  let reader: SumsReader | undefined;
  let waiting: Buffer[] = [];
  let nr = 0;
  for await (const { lines, isZeroEnded, isLast } of byteLines(chunks)) {
    waiting.push(...lines);
    const format = question.format ?? sumsFormatOf(waiting, question.fileName);
    const isUntold = reader === undefined && format === undefined;
    if (isUntold && !isLast && waiting.length < LOOKED_AT) continue;
    reader ??= readerOf(format, question.fileName, isZeroEnded);
    const page: SumLine[] = [];
    for (const bytes of waiting) {
      const line = reader.read(isZeroEnded ? bytes : withoutCr(bytes), ++nr);
      if (line !== undefined) page.push(line);
    }
    waiting = [];
    const last = isLast ? reader.finish?.() : undefined;
    if (last !== undefined) page.push(last);
    if (page.length > 0) yield page;
  }
}

/** The format of a list that begins with these lines; undefined if it is none that is known. */
export function sumsFormatOf(lines: readonly Buffer[], fileName?: string): SumsFormat | undefined {
  if (fileName !== undefined && manifestAlgorithm(baseName(fileName)) !== undefined) return "bagit";
  const texts = lines.slice(0, LOOKED_AT).map((bytes) => withoutCr(bytes).toString("latin1"));
  const [first = ""] = texts;
  if (first.startsWith("%%%% HASHDEEP-")) return "hashdeep";
  if (/^#mtree\b/.test(first)) return "mtree";
  const said = texts.find((text) => !/^\s*(?:#|$)/.test(text)) ?? "";
  if (/^(?:\/set|\.)\s.*\b(?:type|uid|mode|size)=/.test(said) || /^\S+\s+type=/.test(said))
    return "mtree";
  if (/^(?:"?[a-z_]+"?,)*"?path"?(?:,|$)/i.test(said)) return "csv";
  const isSums =
    /^\\?\s*[0-9A-Fa-f]{32,128}[ \t]/.test(said) ||
    /^\\?[A-Za-z0-9/-]+ ?\(.*\) ?= [0-9A-Fa-f]+$/.test(said);
  return isSums ? "sha256sums" : undefined;
}

// --- internal ---

/** A path can be longer than PATH_MAX, and each byte of it four characters. */
const MAX_LINE_BYTES = 1 << 20;
/** Longer than the longest name: after so much it is known what ends a line. */
const FIRST_BYTES = 1 << 14;
/** So many lines may be comments before the first that tells the format. */
const LOOKED_AT = 1000;
const LF = 0x0a;
const NUL = 0;
const CR = 0x0d;

function readerOf(
  format: SumsFormat | undefined,
  fileName: string | undefined,
  isZeroEnded: boolean,
): SumsReader {
  switch (format) {
    case "sha256sums":
      return checksumLinesReader(isZeroEnded);
    case "hashdeep":
      return hashdeepReader();
    case "mtree":
      return mtreeReader();
    case "bagit":
      return manifestReader(
        fileName === undefined ? undefined : manifestAlgorithm(baseName(fileName)),
      );
    case "csv":
      return csvReader();
    case undefined:
      throw new BsvError("malformed", "Line 1: This is no list of checksums", {
        hint: "Known are the lists of sha256sum (also BSD's), hashdeep and mtree, BagIt manifests, and bsv's own CSV",
      });
  }
}

interface Lines {
  readonly lines: Buffer[];
  /** Lines end with NUL, not LF: `sha256sum --zero`. */
  readonly isZeroEnded: boolean;
  readonly isLast: boolean;
}

/** Bytes, not text: a name need not be UTF-8. The last page comes even where it is empty. */
async function* byteLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  let rest: Buffer = Buffer.alloc(0);
  let end: number | undefined;
  let count = 0;
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]); // a copy: chunks may be used again
    if (end === undefined && rest.length < FIRST_BYTES) continue;
    end ??= endIn(rest);
    const lines = linesIn(rest, end);
    rest = lines.pop()!;
    count += lines.length;
    if (rest.length > MAX_LINE_BYTES) {
      throw problem("too_large", count + 1, `The line is longer than ${MAX_LINE_BYTES} bytes`);
    }
    if (lines.length > 0) yield { lines, isZeroEnded: end === NUL, isLast: false };
  }
  end ??= endIn(rest);
  const lines = linesIn(rest, end);
  if (lines.at(-1)!.length === 0) lines.pop();
  yield { lines, isZeroEnded: end === NUL, isLast: true };
}

const endIn = (bytes: Buffer): number => (bytes.includes(NUL) ? NUL : LF);

/** What lies between the ends; the last one is what follows the last end. */
function linesIn(bytes: Buffer, end: number): Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(end); at >= 0; at = bytes.indexOf(end, from)) {
    lines.push(bytes.subarray(from, at));
    from = at + 1;
  }
  lines.push(bytes.subarray(from));
  return lines;
}

const withoutCr = (bytes: Buffer): Buffer => (bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes);

const baseName = (file: string): string =>
  file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
