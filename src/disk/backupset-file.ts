// The backupset file on disk: where it is looked for, and how it is read. It is small and written by people, so it is read
// whole; what is no text at all is refused before anybody parses it.
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { configInvalid, type ConfigProblem } from "#core/config/config-problem.ts";
import type { Config } from "#core/config/config.ts";
import { BsvError } from "#core/errors.ts";
import { checkConfig } from "./backupset-check.ts";
import { parseBackupsetYaml } from "./backupset-yaml.ts";

/** A file of 10,000 rules has half of this. */
const LARGEST_BYTES = 1024 * 1024;

export const FILE_NAMES = ["bsv.yaml", "bsv.yml", "bsv.json"] as const;

export interface Whereabouts {
  /** `--file`, if it was given. */
  readonly flag: string | undefined;
  /** `BSV_CONFIG`, if it is set. */
  readonly variable: string | undefined;
  readonly cwd: string;
  /** The user's config folder, home.ts. */
  readonly configDir: string;
}

/** The file to use: the first that is named or found; undefined if none is. A named one need not exist. */
export function findBackupsetFile(where: Whereabouts): string | undefined {
  const named = where.flag || where.variable;
  if (named) return resolve(where.cwd, named);
  return [where.cwd, where.configDir]
    .flatMap((dir) => FILE_NAMES.map((name) => join(dir, name)))
    .find(isThere);
}

/** Reads and checks the file; throws `config_invalid` that tells every problem at once. `userDir` is what `~` means. */
export function loadBackupsetFile(file: string, userDir: string): Config {
  const text = readText(file);
  const parsed = parseBackupsetYaml(file, text);
  const checked = checkConfig(parsed, { file, baseDir: dirname(file), userDir });
  if (checked.config === undefined) throw configInvalid(file, text, checked.problems);
  return checked.config;
}

/** The text of a file that may hold anything. Exact, without a byte order mark. */
export function readText(file: string): string {
  const bytes = readBytes(file);
  const invalid = firstInvalidByte(bytes);
  if (invalid === undefined) {
    const text = new TextDecoder().decode(bytes); // takes the byte order mark off
    const nul = text.indexOf("\0");
    if (nul >= 0) {
      throw atOffset(
        file,
        text,
        nul,
        "The file holds a NUL byte",
        "A backupset file is plain text",
      );
    }
    return text;
  }
  const before = new TextDecoder().decode(bytes.subarray(0, invalid));
  const hex = bytes[invalid]!.toString(16);
  throw atOffset(
    file,
    `${before}\ufffd`,
    before.length,
    `Byte 0x${hex} is not UTF-8`,
    `Save the file as UTF-8. A path that itself holds this byte is written in double quotes as "\\udc${hex}", as snapshots write it`,
  );
}

// --- internal ---

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function readBytes(file: string): Uint8Array {
  try {
    // Waiting for a pipe's writer would be deaf to Ctrl-C.
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      if (stat.isDirectory()) throw unreadable(file, "is a folder");
      if (!stat.isFile()) throw unreadable(file, "is no regular file");
      if (stat.size > LARGEST_BYTES) {
        throw unreadable(file, `has ${stat.size} bytes, over the limit of ${LARGEST_BYTES}`);
      }
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof BsvError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw unreadable(file, code === "ENOENT" ? "does not exist" : `cannot be read: ${code}`, error);
  }
}

function unreadable(file: string, what: string, cause?: unknown): BsvError {
  return new BsvError("config_invalid", `The backupset file ${JSON.stringify(file)} ${what}`, {
    hint: "`bsv init` writes one; --file or BSV_CONFIG name another",
    details: { file },
    cause,
  });
}

/** Where UTF-8 ends; undefined when it holds to the end. */
function firstInvalidByte(bytes: Uint8Array): number | undefined {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return undefined;
  } catch {
    // Not UTF-8, which is the answer; where, is found by halving: decoding as a stream accepts a cut sequence at the end.
    let good = 0;
    let bad = bytes.length;
    while (good < bad) {
      const middle = Math.ceil((good + bad) / 2);
      if (startsAsUtf8(bytes.subarray(0, middle))) good = middle;
      else bad = middle - 1;
    }
    return Math.min(sequenceStart(bytes, good), bytes.length - 1);
  }
}

function startsAsUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false; // the question was just this
  }
}

/** The lead byte of the sequence that was being read when `end` came. */
function sequenceStart(bytes: Uint8Array, end: number): number {
  let start = end;
  for (let back = 1; back <= 3 && end - back >= 0; back++) {
    const byte = bytes[end - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      if (length > back) start = end - back;
      break;
    }
  }
  return start;
}

function atOffset(file: string, text: string, offset: number, message: string, hint: string) {
  const before = text.slice(0, offset).split("\n");
  const place = { file, line: before.length, column: before.at(-1)!.length + 1 };
  const problem: ConfigProblem = { place, length: 1, message, hint };
  return configInvalid(file, text, [problem]);
}
