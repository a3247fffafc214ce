// A copy of the store as one file, consistent while others write: SQLite writes out what one moment of it holds, without the
// space that deleted rows left.
import { chmodSync, closeSync, fsyncSync, openSync } from "node:fs";
import { Database } from "bun:sqlite";
import { BsvError } from "#core/errors.ts";
import type { Scope } from "#db/scope.ts";
import { APPLICATION_ID } from "./soundness.ts";
import { storeError } from "./store-error.ts";

/** Writes `file`, which must not be there, makes it durable, and looks through it once. Throws `disk_full`, `store_corrupt`. */
export async function copyStore(scope: Scope, file: string): Promise<void> {
  const { store } = scope;
  try {
    closeSync(openSync(file, "wx", 0o600));
    store.database.query("VACUUM INTO ?").run(file);
    chmodSync(file, 0o600);
    const fd = openSync(file, "r+");
    fsyncSync(fd);
    closeSync(fd);
  } catch (error) {
    throw storeError(error, store.file);
  }
  const copy = new Database(file, { readonly: true });
  try {
    const [[found] = []] = copy.query("PRAGMA quick_check(1)").values() as [string][];
    const [[id] = []] = copy.query("PRAGMA application_id").values() as [number][];
    if (found === "ok" && id === APPLICATION_ID) return;
    throw new BsvError("store_corrupt", `The copy of ${store.file} is damaged: ${String(found)}`, {
      hint: "bsv db check tells what is wrong with the store itself",
    });
  } catch (error) {
    throw storeError(error, file);
  } finally {
    copy.close();
  }
}
