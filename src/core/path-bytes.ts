// A path is a sequence of bytes. In memory it is a string in which every byte that is not part of valid UTF-8
// stands as a lone surrogate U+DC80–DCFF (Python's `surrogateescape`, PEP 383), so that nothing is lost or merged.

const ESCAPE = 0xdc00;
const REPLACEMENT = "\ufffd";
const lossyUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The exact string for a name as the kernel gave it. Inverse: `pathBytes`. */
export function pathText(bytes: Uint8Array): string {
  // Not through a Buffer over the same memory: asking a small array for its memory costs ten times as much as decoding.
  const text = lossyUtf8.decode(bytes);
  // Only a name that decodes with a replacement character can be damaged; a real U+FFFD takes the slow way too.
  return text.includes(REPLACEMENT) ? escapeInvalid(bytes) : text;
}

/** The bytes of a path string. Lone surrogates other than U+DC80–DCFF are a bug here: see `isExactPath`. */
export function pathBytes(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path, "utf8");
  const parts: Buffer[] = [];
  let start = 0;
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit < 0xdc00) {
      i++; // a high surrogate: its pair follows, see isExactPath
      continue;
    }
    parts.push(Buffer.from(path.slice(start, i), "utf8"), Buffer.of(unit - ESCAPE));
    start = i + 1;
  }
  parts.push(Buffer.from(path.slice(start), "utf8"));
  return Buffer.concat(parts);
}

/**
 * Whether a string from outside is the one spelling of its bytes: no lone surrogate outside U+DC80–DCFF, and no
 * escaped bytes that together would be valid UTF-8 (`\udcc3\udca9` is `é` written a second way).
 */
export function isExactPath(path: string): boolean {
  if (path.isWellFormed()) return true;
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit < 0xdc00) {
      const next = path.charCodeAt(++i);
      if (!(next >= 0xdc00 && next <= 0xdfff)) return false;
    } else if (unit < 0xdc80 || unit > 0xdcff) {
      return false;
    }
  }
  return pathText(pathBytes(path)) === path;
}

// --- internal ---

/** Decodes sequence by sequence; a byte that starts no valid sequence is escaped alone. */
function escapeInvalid(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes[i]!);
    const character = length > 0 ? decodeStrictly(bytes.subarray(i, i + length)) : undefined;
    if (character === undefined) {
      text += String.fromCharCode(ESCAPE + bytes[i]!);
      i += 1;
    } else {
      text += character;
      i += length;
    }
  }
  return text;
}

/** How many bytes a UTF-8 sequence has that starts with this one; 0 if none can. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

function decodeStrictly(sequence: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(sequence);
  } catch {
    return undefined; // not UTF-8: the caller escapes the byte, nothing is lost
  }
}
