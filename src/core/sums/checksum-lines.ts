// The lists of sha256sum and its sisters, in both forms: `<hex>  <name>`, where a backslash before the line says that the name is
// escaped, and BSD's `SHA256 (<name>) = <hex>`. Written exactly as coreutils 9 writes it.
import type { Entry } from "#core/entry.ts";
import { algorithmOfLength, sumAt, type SumLine, type SumsReader } from "./sum.ts";
import type { SumsWriter } from "./writer.ts";

/** `isZeroEnded`: as `sha256sum -z` writes, where nothing is escaped. */
export function checksumLinesReader(isZeroEnded = false): SumsReader {
  return {
    read(bytes, line) {
      const text = bytes.toString("latin1");
      if (/^\s*(?:#|$)/.test(text)) return undefined;
      const isEscaped = !isZeroEnded && text.startsWith("\\");
      const said = (isEscaped ? text.slice(1) : text).replace(/^[ \t]+/, "");
      return readTag(said, isEscaped, line) ?? readPlain(said, isEscaped, line) ?? notOne(line);
    },
  };
}

export const sha256sumsWriter: SumsWriter = {
  omits: ["sizes", "mtimes", "inodes"],
  start: () => "",
  line(entry) {
    const reason = unwritable(entry);
    if (reason !== undefined) return { reason };
    // coreutils takes a bare `-` for its standard input.
    const path = entry.path === "-" ? "./-" : entry.path;
    const escaped = path.replaceAll(/[\\\n\r]/g, (unit) => ESCAPES[unit]!);
    return `${escaped === path ? "" : "\\"}${entry.checksum}  ${escaped}\n`;
  },
};

/** Why an entry has no line in a list of SHA-256 sums; undefined if it has one. */
export function unwritable({ type, error, checksum }: Entry) {
  if (error !== null) return "unreadable";
  if (type === "symlink") return "symlink";
  return checksum?.length === 64 ? undefined : "checksum";
}

// --- internal ---

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };
const UNESCAPES: Readonly<Record<string, string>> = { "\\\\": "\\", "\\n": "\n", "\\r": "\r" };

const notOne = (line: number): SumLine => ({ line, problem: "is no checksum and a name" });

function readTag(text: string, isEscaped: boolean, line: number): SumLine | undefined {
  // Greedy: the name may hold `) = ` itself. OpenSSL writes it without the blanks.
  const match = /^([A-Za-z][A-Za-z0-9/-]*) ?\(([^]*)\) ?= ([0-9A-Fa-f]{8,128})$/.exec(text);
  if (match === null) return undefined;
  const [, tag, name, checksum] = match as unknown as [string, string, string, string];
  const algorithm = tag.toLowerCase().replace(/^sha2?-(?=224|256|384|512|1$)/, "sha");
  return named(name, isEscaped, { line, algorithm, checksum });
}

function readPlain(text: string, isEscaped: boolean, line: number): SumLine | undefined {
  const match = /^([0-9A-Fa-f]{32,128})(?:[ \t][ *]|[ \t])([^]+)$/.exec(text);
  if (match === null) return undefined;
  const [, checksum, name] = match as unknown as [string, string, string];
  const algorithm = algorithmOfLength(checksum.length);
  return algorithm === undefined
    ? undefined
    : named(name, isEscaped, { line, algorithm, checksum });
}

function named(
  name: string,
  isEscaped: boolean,
  { line, algorithm, checksum }: { line: number; algorithm: string; checksum: string },
): SumLine {
  if (isEscaped && /\\(?![\\nr])/.test(name.replaceAll("\\\\", ""))) {
    return { line, problem: "the name has an escape that is none" };
  }
  const raw = isEscaped ? name.replaceAll(/\\[\\nr]/g, (pair) => UNESCAPES[pair]!) : name;
  return sumAt(Buffer.from(raw, "latin1"), { line, algorithm, checksum: checksum.toLowerCase() });
}
