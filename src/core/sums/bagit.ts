// The manifest of a bag (RFC 8493): a checksum, blanks, a path. CR, LF and % in a path are percent-encoded, and nothing else is; the
// text is UTF-8, so a name that is not cannot be written.
import { unwritable } from "./checksum-lines.ts";
import { algorithmOfLength, sumAt, type SumsReader } from "./sum.ts";
import type { SumsWriter } from "./writer.ts";

/** `algorithm`: what the manifest's own name says, see `manifestAlgorithm`. */
export function manifestReader(algorithm?: string): SumsReader {
  return {
    read(bytes, line) {
      const text = bytes.toString("latin1");
      if (text.trim() === "") return undefined;
      const match = /^([0-9A-Fa-f]{8,128})[ \t]+\*?([^]+)$/.exec(text);
      if (match === null) return { line, problem: "is no checksum and a path" };
      const [, checksum, encoded] = match as unknown as [string, string, string];
      const path = encoded.replaceAll(/%(?:0A|0D|25)/gi, (code) => DECODED[code.toUpperCase()]!);
      return sumAt(Buffer.from(path, "latin1"), {
        line,
        algorithm: algorithm ?? algorithmOfLength(checksum.length) ?? null,
        checksum: checksum.toLowerCase(),
      });
    },
  };
}

/** `sha256` of a file named `manifest-sha256.txt`; undefined if it is no payload manifest's name. */
export const manifestAlgorithm = (fileName: string): string | undefined =>
  /^manifest-([a-z0-9-]+)\.txt$/i.exec(fileName)?.[1]?.toLowerCase().replaceAll("-", "");

export const manifestWriter: SumsWriter = {
  omits: ["sizes", "mtimes", "inodes"],
  start: () => "",
  line(entry) {
    const reason = unwritable(entry) ?? (entry.path.isWellFormed() ? undefined : "name");
    if (reason !== undefined) return { reason };
    const path = entry.path.replaceAll(/[%\n\r]/g, (unit) => ENCODED[unit]!);
    return `${entry.checksum}  data/${path}\n`;
  },
};

// --- internal ---

const ENCODED: Readonly<Record<string, string>> = { "%": "%25", "\n": "%0A", "\r": "%0D" };
const DECODED: Readonly<Record<string, string>> = { "%25": "%", "%0A": "\n", "%0D": "\r" };
