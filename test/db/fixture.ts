// A real store in a temporary folder.
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { everything, type Scope } from "#db/scope.ts";
import { openStore } from "#db/store.ts";

const folder = mkdtempSync(join(tmpdir(), "bsv-db-"));
const opened: Scope[] = [];
let stores = 0;

afterAll(async () => {
  for (const scope of opened) await scope.store.close();
  rmSync(folder, { recursive: true });
});

/** A file name of its own in the test's folder. */
export const newStoreFile = (): string => join(folder, `store-${++stores}`, "bsv.db");

export async function newScope(): Promise<Scope> {
  const scope = everything(await openStore(newStoreFile()));
  opened.push(scope);
  return scope;
}
