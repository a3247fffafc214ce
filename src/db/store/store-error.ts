// What SQLite says when it can't go on, in the house's words.
import { SQLiteError } from "bun:sqlite";
import { BsvError } from "#core/errors.ts";

/** Whether another connection holds the lock that was wanted. */
export function isBusy(error: unknown): boolean {
  return error instanceof SQLiteError && primaryCode(error) === "SQLITE_BUSY";
}

/** The error to throw on: a BsvError as it is, SQLite's own with a code of the house, anything else unchanged. */
export function storeError(error: unknown, file: string): unknown {
  if (!(error instanceof SQLiteError)) return error;
  // The index of the write-ahead log can't grow: nothing but space keeps it from that.
  if (error.code === "SQLITE_IOERR_SHMSIZE") {
    return new BsvError("disk_full", `No space left beside the store ${file}`, {
      hint: "Make 64 KiB of room: SQLite needs them even to read",
      cause: error,
    });
  }
  switch (primaryCode(error)) {
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
      return new BsvError("store_busy", `Another bsv is using ${file}`, { cause: error });
    case "SQLITE_FULL":
      return new BsvError("disk_full", `No space left for the store ${file}`, { cause: error });
    case "SQLITE_CORRUPT":
    case "SQLITE_NOTADB":
      return new BsvError("store_corrupt", `The store ${file} is damaged: ${error.message}`, {
        hint: "Keep the file as it is; rebuild the history from the snapshot documents (bsv import) or from a remote (bsv pull)",
        cause: error,
      });
    case "SQLITE_READONLY":
    case "SQLITE_CANTOPEN":
    case "SQLITE_PERM":
      return unwritable(file, error.message, error);
    default:
      return new BsvError("internal", `The store ${file} failed: ${error.message}`, {
        cause: error,
      });
  }
}

/** The error to throw on when the store's files themselves can't be made or opened: where they are is a setting. */
export function fileError(error: unknown, file: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new BsvError("disk_full", `No space left for ${file}`, { cause: error });
  }
  return code !== undefined && UNUSABLE.has(code) ? unwritable(file, code, error) : error;
}

/** The error for a store that cannot be where it is said to be. */
export function unwritable(file: string, why: string, cause?: unknown): BsvError {
  return new BsvError("config_invalid", `${JSON.stringify(file)} can't be written: ${why}`, {
    hint: "Even to read a store bsv writes beside it: name a data folder that is yours, with --data-dir, BSV_DATA_DIR or data_dir",
    details: { file },
    cause,
  });
}

// --- internal ---

const UNUSABLE = new Set([
  "EACCES",
  "EEXIST", // a file where a folder should be
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
  "EPERM",
  "EROFS",
]);

/** `SQLITE_BUSY` for `SQLITE_BUSY_SNAPSHOT`, and so on. */
function primaryCode(error: SQLiteError): string {
  return (error.code ?? "").split("_").slice(0, 2).join("_");
}
