// Writes the versions of one new moment between two neighbours: only keys at which it differs from the snapshot before
// it are touched. Keeps the canonical form: versions of one key that follow each other in time are never equal.
import type { Database } from "bun:sqlite";
import { isSameEntry, type Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { pathBytes } from "#core/path-bytes.ts";
import type { Moment } from "./timeline.ts";
import {
  covers,
  entryOf,
  OPEN_MS,
  valuesOf,
  VERSION_COLUMNS,
  type VersionRow,
} from "#db/version.ts";

/** What only this disk can say of a file when it was last read: the local scan cache. */
export interface ReadStamp {
  ctimeUs: number;
  device: number;
  readAtMs: number;
}

export class VersionWriter {
  readonly #moment: Moment;
  readonly #folders: FolderNumbers;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(database: Database, moment: Moment) {
    this.#moment = moment;
    this.#folders = new FolderNumbers(database, moment.setId);
    this.#sql = prepare(database);
  }

  /** The key has this entry at the moment, whatever it had before; null: nothing stands there. */
  write(key: EntryKey, entry: Entry | null, stamp?: ReadStamp): void {
    const folderId =
      entry === null ? this.#folders.find(key.folder) : this.#folders.findOrAdd(key.folder);
    if (folderId === undefined) return;
    const name = pathBytes(key.name);
    const { atMs, previousMs, nextMs } = this.#moment;
    const old = previousMs === null ? undefined : this.#covering(folderId, name, previousMs);
    if (old !== undefined) {
      if (entry !== null && isSameEntry(entryOf(old, key.folder), entry)) {
        if (stamp !== undefined) this.#stamp(old.version_id, stamp);
        return;
      }
      this.#end(old);
    }
    if (entry === null) return;
    const isTaken = old !== undefined && old.to_ms > nextMs; // the old version begins again there
    const next = isTaken || nextMs === OPEN_MS ? undefined : this.#starting(folderId, name, nextMs);
    if (next !== undefined && isSameEntry(entryOf(next, key.folder), entry)) {
      this.#sql.setStart.run(atMs, next.version_id);
      if (stamp !== undefined) this.#stamp(next.version_id, stamp);
    } else {
      this.#add(folderId, name, entry, stamp);
    }
  }

  /** As `write`, where the set has no snapshot yet: nothing to look up, nothing to end. */
  writeFirst(key: EntryKey, entry: Entry, stamp?: ReadStamp): void {
    this.#add(this.#folders.findOrAdd(key.folder), pathBytes(key.name), entry, stamp);
  }

  // --- internal ---

  /** The version stops before the moment; when it reached past the next snapshot, it begins again there. */
  #end(old: VersionRow): void {
    const { atMs, nextMs } = this.#moment;
    if (old.to_ms > nextMs) {
      // The later part keeps the row, and with it the stamp.
      this.#sql.setStart.run(nextMs, old.version_id);
      this.#sql.copy.run(old.from_ms, atMs, old.version_id);
    } else {
      this.#sql.setEnd.run(atMs, old.version_id);
    }
  }

  #add(folderId: number, name: Uint8Array, entry: Entry, stamp: ReadStamp | undefined): void {
    const { setId, atMs, nextMs } = this.#moment;
    this.#sql.insert.run(
      setId,
      folderId,
      name,
      atMs,
      nextMs,
      ...valuesOf(entry),
      stamp?.ctimeUs ?? null,
      stamp?.device ?? null,
      stamp?.readAtMs ?? null,
    );
  }

  #covering(folderId: number, name: Uint8Array, atMs: number): VersionRow | undefined {
    return this.#sql.covering.get(folderId, name, atMs) ?? undefined;
  }

  #starting(folderId: number, name: Uint8Array, atMs: number): VersionRow | undefined {
    return this.#sql.starting.get(folderId, name, atMs) ?? undefined;
  }

  #stamp(versionId: number, stamp: ReadStamp): void {
    this.#sql.stamp.run(stamp.ctimeUs, stamp.device, stamp.readAtMs, versionId);
  }
}

/** For this room: notes when and how a version was last read. */
export const WRITE_STAMP =
  "UPDATE versions SET ctime_us = ?, device = ?, read_at_ms = ? WHERE version_id = ?";

/** The numbers of a set's folders; entries come in order, so the last one is nearly always the one. */
class FolderNumbers {
  readonly #database: Database;
  readonly #setId: number;
  #path: string | undefined;
  #id: number | undefined;

  constructor(database: Database, setId: number) {
    this.#database = database;
    this.#setId = setId;
  }

  find(path: string): number | undefined {
    if (path === this.#path) return this.#id;
    const row = this.#database
      .query<{ folder_id: number }, [number, Uint8Array]>(
        "SELECT folder_id FROM folders WHERE set_id = ? AND path = ?",
      )
      .get(this.#setId, pathBytes(path));
    this.#path = path;
    this.#id = row?.folder_id;
    return this.#id;
  }

  findOrAdd(path: string): number {
    const known = this.find(path);
    if (known !== undefined) return known;
    const { lastInsertRowid } = this.#database
      .query("INSERT INTO folders (set_id, path) VALUES (?, ?)")
      .run(this.#setId, pathBytes(path));
    this.#id = Number(lastInsertRowid);
    return this.#id;
  }
}

const prepare = (database: Database) => ({
  covering: database.query<VersionRow, [number, Uint8Array, number]>(`
    SELECT ${VERSION_COLUMNS} FROM versions v INDEXED BY versions_by_name
    WHERE v.folder_id = ?1 AND v.name = ?2 AND ${covers("?3")}
    ORDER BY v.from_ms DESC LIMIT 1`),
  starting: database.query<VersionRow, [number, Uint8Array, number]>(`
    SELECT ${VERSION_COLUMNS} FROM versions v INDEXED BY versions_by_name
    WHERE v.folder_id = ?1 AND v.name = ?2 AND v.from_ms = ?3`),
  insert: database.query(`
    INSERT INTO versions (set_id, folder_id, name, from_ms, to_ms,
      type, size, mtime_us, inode, checksum, target, error, ctime_us, device, read_at_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
  copy: database.query(`
    INSERT INTO versions (set_id, folder_id, name, from_ms, to_ms,
      type, size, mtime_us, inode, checksum, target, error)
    SELECT set_id, folder_id, name, ?1, ?2, type, size, mtime_us, inode, checksum, target, error
    FROM versions WHERE version_id = ?3`),
  setStart: database.query("UPDATE versions SET from_ms = ? WHERE version_id = ?"),
  setEnd: database.query("UPDATE versions SET to_ms = ? WHERE version_id = ?"),
  stamp: database.query(WRITE_STAMP),
});
