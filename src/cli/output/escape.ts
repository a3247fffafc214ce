// File names are hostile in every channel (I12). What we print as text shows what could move a cursor, hide or reorder
// letters, or end a line; JSON output stays exact and needs none of this.

/**
 * The text with control characters, escape sequences, bidirectional overrides, other invisible format characters and bytes
 * that are not UTF-8 written as `\xNN` (their bytes). A backslash is doubled, so that no name can pretend to be another.
 */
export function printable(text: string): string {
  if (!/[^\x20-\x7e]|\\/.test(text)) return text;
  return text.replaceAll(SUSPECT, escaped);
}

/** A sentence that may hold names (an error's message): the same, but its backslashes stay, and so do line ends if `lines`. */
export function prose(text: string, lines?: "lines"): string {
  if (lines !== undefined)
    return text
      .split("\n")
      .map((line) => prose(line))
      .join("\n");
  return text.replaceAll(SUSPECT, (character) =>
    character === "\\" ? character : escaped(character),
  );
}

// --- internal ---

// C0, DEL, C1; line and paragraph separators; lone surrogates; and format characters (bidi marks and overrides, isolates,
// zero width space, tags), but not the two joiners that Persian, Indic names and emoji need.
const SUSPECT = /[\\\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu;

function escaped(character: string): string {
  if (character === "\\") return "\\\\";
  const unit = character.charCodeAt(0);
  const isLoneSurrogate = character.length === 1 && unit >= 0xd800 && unit <= 0xdfff;
  // U+DC80–DCFF stand for the raw bytes 80–FF, see core/path-bytes.ts. Others are in no path; show the unit.
  if (isLoneSurrogate) {
    return unit >= 0xdc80 && unit <= 0xdcff ? hex(unit - 0xdc00) : `\\u${unit.toString(16)}`;
  }
  return Array.from(Buffer.from(character, "utf8"), hex).join("");
}

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, "0")}`;
