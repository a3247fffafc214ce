// Where a snapshot could not look: what its header says, and below what it recorded with an error. Asked for each path that it
// lacks, for only what was looked at can be missing (I6).
import type { Database } from "bun:sqlite";
import { keyOfPath, pathOfKey, type EntryKey } from "#core/order.ts";
import { pathBytes } from "#core/path-bytes.ts";
import { Unseen } from "#core/unseen.ts";
import type { Side } from "./comparison/side.ts";
import { covers } from "./version.ts";

export class BlindSpots {
  readonly #database: Database;
  readonly #side: Side;
  readonly #unseen: Unseen;
  readonly #isRootAsked: boolean;
  /** By folder: why nothing below it was seen. Asked in the one order, so that most answers are here. */
  #folders = new Map<string, string | undefined>();

  /** `isRootAsked`: whether what is below none of its roots counts as not seen; another set's paths never are. */
  constructor(database: Database, side: Side, isRootAsked: boolean) {
    this.#database = database;
    this.#side = side;
    this.#unseen = new Unseen(side.header);
    this.#isRootAsked = isRootAsked;
  }

  /** Why the snapshot can't say whether something stood at the key; undefined when it looked. Inside a transaction. */
  why(key: EntryKey): string | undefined {
    const path = pathOfKey(key.folder, key.name);
    if (this.#isRootAsked && !this.#unseen.isInRoots(path)) return NOT_IN_ROOTS;
    return this.#unseen.why(path) ?? this.#whyFolder(key.folder);
  }

  // --- internal ---

  #whyFolder(folder: string): string | undefined {
    if (this.#side.errorCount === 0 || folder === "") return undefined;
    const known = this.#folders.get(folder);
    if (known !== undefined || this.#folders.has(folder)) return known;
    const above = folder.slice(0, folder.lastIndexOf("/", folder.length - 2) + 1);
    const why = (above === folder ? undefined : this.#whyFolder(above)) ?? this.#ownError(folder);
    if (this.#folders.size >= MOST_FOLDERS) this.#folders = new Map();
    this.#folders.set(folder, why);
    return why;
  }

  /** The error of the folder itself: it could not be listed, or not even be told for one. */
  #ownError(folder: string): string | undefined {
    const find = this.#database.query<{ error: string }, [number, Buffer, Buffer, number]>(ERROR);
    const asFile = keyOfPath(folder.slice(0, -1), false);
    for (const key of [{ folder, name: "" }, asFile]) {
      const { setId, atMs } = this.#side;
      const row = find.get(setId, pathBytes(key.folder), pathBytes(key.name), atMs);
      if (row !== null) return row.error;
    }
    return undefined;
  }
}

/** The statement, for the test that pins its plan. */
export const BLIND_SQL = () => ({ ERROR });

// --- internal ---

const MOST_FOLDERS = 10_000;
const NOT_IN_ROOTS = "NOT_IN_ROOTS: below no root of that snapshot";

const ERROR = `
  SELECT v.error FROM folders f INDEXED BY folders_by_path
  CROSS JOIN versions v INDEXED BY versions_by_name ON v.folder_id = f.folder_id
  WHERE f.set_id = ?1 AND f.path = ?2 AND v.name = ?3 AND ${covers("?4")} AND v.error IS NOT NULL`;
