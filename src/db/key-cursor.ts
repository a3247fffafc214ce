// Where a list in the one order goes on: the bytes of the last key, so that a page costs what it passes.
import { BsvError } from "#core/errors.ts";
import type { EntryKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";

/** The longest path a kernel takes, in base64, with room to spare. */
export const KEY_CURSOR_LIMIT = 12_000;

export const cursorOfKey = ({ folder, name }: EntryKey): string =>
  pathBytes(`${folder}\0${name}`).toString("base64url");

/** Throws `invalid_request` for a cursor of no ours. */
export function keyOfCursor(cursor: string): EntryKey {
  const [folder, name, ...more] = pathText(Buffer.from(cursor, "base64url")).split("\0");
  if (name !== undefined && more.length === 0) return { folder: folder!, name };
  throw new BsvError("invalid_request", `Not a cursor of this list: ${cursor.slice(0, 100)}`, {
    hint: "Use the cursor of the last answer as it is, or start without one",
  });
}
