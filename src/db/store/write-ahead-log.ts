// The write-ahead log is bounded: a transaction of a million rows passes through it whole, and SQLite would keep the file
// at that size.
import { statSync } from "node:fs";
import type { Store } from "./store.ts";

/** Beyond this the log is emptied and cut after a write; also SQLite's own limit for a log that is used again. */
export const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** Call after a transaction that may have been large. A reader in mid-page may put it off to the next call. */
export function boundWal(store: Store): void {
  const bytes = statSync(`${store.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > WAL_LIMIT_BYTES) store.database.run("PRAGMA wal_checkpoint(TRUNCATE)");
}
