// The query of an address, both ways. A path in it may be any bytes, so the percent-encoded bytes are the path's own:
// `%ff` is the byte that a path string holds as U+DCFF. `URLSearchParams` would make U+FFFD of it, and so ask about
// another file.
import { pathBytes, pathText } from "./path-bytes.ts";

export type QueryPair = readonly [name: string, value: string];

/** Without the `?`. */
export function queryText(pairs: Iterable<QueryPair>): string {
  return Array.from(pairs, ([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
}

/** Every parameter, in order, a doubled one twice; `text` with or without its `?`. */
export function queryPairs(text: string): QueryPair[] {
  const parts = text.replace(/^\?/, "").split("&");
  return parts.filter((part) => part !== "").map(pairOf);
}

// --- internal ---

const HEX_DIGITS = /^[0-9a-f]{2}$/i;
/** What an address may hold as it is (RFC 3986). */
const UNRESERVED = /^[\w.~-]$/;

function encoded(text: string): string {
  if (text.isWellFormed()) return encodeURIComponent(text);
  let result = "";
  for (const byte of pathBytes(text)) {
    const character = String.fromCharCode(byte);
    result += UNRESERVED.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return result;
}

function pairOf(part: string): QueryPair {
  const equals = part.indexOf("=");
  if (equals < 0) return [decoded(part), ""];
  return [decoded(part.slice(0, equals)), decoded(part.slice(equals + 1))];
}

/** As HTML forms have it: `+` is a space, and a `%` without two digits stands for itself. */
function decoded(text: string): string {
  const bytes: number[] = [];
  const written = Buffer.from(text.replaceAll("+", " "), "utf8");
  for (let i = 0; i < written.length; i++) {
    const digits = written[i] === PERCENT ? written.toString("latin1", i + 1, i + 3) : "";
    const isEncoded = HEX_DIGITS.test(digits);
    bytes.push(isEncoded ? Number.parseInt(digits, 16) : written[i]!);
    if (isEncoded) i += 2;
  }
  return pathText(Uint8Array.from(bytes));
}

const PERCENT = 0x25;
