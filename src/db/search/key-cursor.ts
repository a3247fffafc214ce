// Where a list in the one order goes on: the bytes of the last key, so that a page costs what it passes.
import { BsvError } from "#core/errors.ts";
import type { EntryKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";

/** The longest path a kernel takes, in base64, with room to spare. */
export const KEY_CURSOR_LIMIT = 12_000;

export const cursorOfKey = (key: EntryKey): string => cursorOf([key.folder, key.name]);

/** Throws `invalid_request` for a cursor of no ours. */
export function keyOfCursor(cursor: string): EntryKey {
  const [folder, name] = partsOfCursor(cursor, 2);
  return { folder: folder!, name: name! };
}

/** Some texts without NUL, exact. */
export const cursorOf = (parts: readonly string[]): string =>
  pathBytes(parts.join("\0")).toString("base64url");

export function partsOfCursor(cursor: string, count: number): string[] {
  const parts = pathText(Buffer.from(cursor, "base64url")).split("\0");
  if (parts.length === count) return parts;
  throw new BsvError("invalid_request", `Not a cursor of this list: ${cursor.slice(0, 100)}`, {
    hint: "Use the cursor of the last answer as it is, or start without one",
  });
}
