// A lock between processes: a transaction held open on a tiny database file of its own. The kernel frees it when the
// holder dies, however it dies; nothing has to be cleaned up, and no pid has to be believed.
import { Database } from "bun:sqlite";
import { makePrivateFile } from "./private-file.ts";
import { isBusy } from "./store-error.ts";

export interface FileLock {
  release(): void;
}

/** Takes the lock as its one holder, or as one of several sharing it; undefined when it is held otherwise. */
export function tryLock(file: string, kind: "exclusive" | "shared"): FileLock | undefined {
  makePrivateFile(file);
  const database = new Database(file);
  try {
    // No journal on disk: nothing is ever written, and a leftover would be read as a crash.
    database.run("PRAGMA journal_mode = MEMORY");
    if (kind === "exclusive") {
      database.run("BEGIN EXCLUSIVE");
    } else {
      database.run("BEGIN");
      database.query("SELECT count(*) FROM sqlite_master").get();
    }
    return { release: () => database.close(true) };
  } catch (error) {
    database.close(true);
    if (isBusy(error)) return undefined;
    throw error;
  }
}
