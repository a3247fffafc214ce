// JSON as bsv takes it from outside: what `JSON.parse` takes, less doubled keys (the second would silently win) and
// deep nesting. The parser stays the engine's own: two counts over the text show what it cannot see.

/** The format needs five, a hostile text asks for the stack. */
const MAX_JSON_DEPTH = 8;

export type ParsedJson = { value: unknown } | { problem: string };

/** Parses one JSON value strictly. Names what is wrong; never throws. */
export function parseStrict(text: string, maxDepth: number = MAX_JSON_DEPTH): ParsedJson {
  const { depth, colons } = measure(text);
  if (depth > maxDepth) return { problem: "is nested too deep" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `is not JSON: ${(error as SyntaxError).message}` };
  }
  // Every member was written with one colon; a key that was written twice is one member now.
  return memberCount(value) === colons ? { value } : { problem: "has a key twice" };
}

// --- internal ---

/** The deepest nesting, and the colons outside strings. Right for every text that `JSON.parse` then accepts. */
function measure(text: string): { depth: number; colons: number } {
  let level = 0;
  let depth = 0;
  let colons = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (isInString) {
      if (unit === 0x22) isInString = false;
      else if (unit === 0x5c) i++;
    } else if (unit === 0x22) isInString = true;
    else if (unit === 0x3a) colons++;
    else if (unit === 0x7b || unit === 0x5b) depth = Math.max(depth, ++level);
    else if (unit === 0x7d || unit === 0x5d) level--;
  }
  return { depth, colons };
}

function memberCount(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const children = Object.values(value);
  let count = Array.isArray(value) ? 0 : children.length;
  for (const child of children) count += memberCount(child);
  return count;
}
