// A real store in a temporary folder, for the test that asks for it; it goes when that test ends.
import { onTestFinished } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { everything, type Scope } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";

/** A file name in a folder of its own. Call it inside a test. */
export function newStoreFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "bsv-db-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "data", "bsv.db");
}

/** An open store. Call it inside a test. */
export async function newScope(): Promise<Scope> {
  const scope = everything(await openStore(newStoreFile()));
  onTestFinished(() => scope.store.close());
  return scope;
}
