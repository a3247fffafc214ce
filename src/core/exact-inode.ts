// An inode above 2^53−1 as a plain number, as a script writes it that asks a file system with 64-bit inodes. `JSON.parse` rounds it,
// and two files could become one: so its digits are taken from the text, and are the decimal string that the format has for them.

/** The parsed value of `text`, parsed again if its inode was rounded. */
export function withExactInode(value: unknown, text: string): unknown {
  const inode = (value as { inode?: unknown } | null)?.inode;
  if (typeof inode !== "number" || inode <= Number.MAX_SAFE_INTEGER) return value;
  return parse(text, (key, part, { source }) =>
    key === "inode" && source !== undefined && DIGITS.test(source) ? source : part,
  );
}

// --- internal ---

/** Nothing with a point or an exponent, which may have been rounded before it was written. */
const DIGITS = /^[0-9]+$/;

type Reviver = (key: string, part: unknown, context: { readonly source?: string }) => unknown;

/** The engine knows the source text of a number (ECMA-262, JSON.parse source text access), the types not yet. */
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
