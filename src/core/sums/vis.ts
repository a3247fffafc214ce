// Names as mtree writes them: vis(3). We write what no reader can misunderstand, three octal digits for all but the plainest
// bytes (`*`, `?` and `[` too: mtree takes them for a pattern), and read every spelling of unvis(3).
import { pathBytes } from "#core/path-bytes.ts";

export function vis(path: string): string {
  if (/^[A-Za-z0-9._/+,:@%~^-]*$/.test(path)) return path;
  let text = "";
  for (const byte of pathBytes(path)) {
    const isPlain = /[A-Za-z0-9._/+,:@%~^-]/.test(String.fromCharCode(byte));
    text += isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return text;
}

/** The bytes of an encoded word, given as latin1; undefined if it holds an escape that is none. */
export function unvis(word: string): Buffer | undefined {
  if (!word.includes("\\")) return Buffer.from(word, "latin1");
  let isSound = true;
  const text = word.replaceAll(ESCAPE, (escape, octal, hex, meta, control) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (meta !== undefined) {
      const unit = meta.charCodeAt(1);
      return String.fromCharCode((meta[0] === "-" ? unit : controlled(unit)) | 0x80);
    }
    if (control !== undefined) return String.fromCharCode(controlled(control.charCodeAt(0)));
    const named = NAMED[escape[1] ?? ""];
    isSound &&= named !== undefined;
    return named ?? "";
  });
  return isSound ? Buffer.from(text, "latin1") : undefined;
}

// --- internal ---

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{2})|M([-^][^])|\^([^])|[^]|$)/g;

const controlled = (unit: number): number => (unit === 0x3f ? 0x7f : unit & 0x1f);

const NAMED: Readonly<Record<string, string>> = {
  "\\": "\\",
  s: " ",
  "#": "#",
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\u0007",
  b: "\b",
  v: "\v",
  f: "\f",
  E: "\u001b",
  $: "", // vis's mark for nothing
  "*": "*",
  "?": "?",
  "[": "[",
  "=": "=",
};
