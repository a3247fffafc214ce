// Gives the space of what was deleted back to the disk: the file is written anew, by SQLite, in one transaction.
import { aloneWith } from "./store.ts";

/** Needs the store for itself, and free space of about its size. Throws `locked`, `disk_full`. */
export function compactStore(file: string): Promise<void> {
  return aloneWith(file, (database) => {
    database.run("VACUUM");
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  });
}
