// Writes the versions of one new moment between two neighbours: only keys at which it differs from the snapshot before
// it are touched. Keeps the canonical form: versions of one key that follow each other in time are never equal.
import type { Database, Statement } from "bun:sqlite";
import { isSameEntry, type Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { pathBytes } from "#core/path-bytes.ts";
import type { Moment } from "./timeline.ts";
import { covers, entryOf, valuesOf, VERSION_COLUMNS, type VersionValues } from "./version.ts";

/** What only this disk can say of a file when it was last read: the local scan cache. */
export interface ReadStamp {
  ctimeUs: number;
  device: number;
  readAtMs: number;
}

export class VersionWriter {
  readonly #moment: Moment;
  readonly #database: Database;
  readonly #insert: Statement<unknown, SqlValue[]>;
  #folder: { path: string; id: number | undefined } | undefined;

  constructor(database: Database, moment: Moment) {
    this.#database = database;
    this.#moment = moment;
    this.#insert = database.query<unknown, SqlValue[]>(INSERT);
  }

  /** The key has this entry at the moment, whatever it had before; null: nothing stands there. */
  write(key: EntryKey, entry: Entry | null, stamp?: ReadStamp): void {
    const folderId = this.#folderId(key.folder, entry !== null);
    if (folderId === undefined) return;
    const name = pathBytes(key.name);
    const old = this.#find(COVERING, folderId, name, this.#moment.previousMs);
    const oldEntry = old === undefined ? null : entryOf(old, key.folder);
    if (oldEntry !== null && entry !== null && isSameEntry(oldEntry, entry)) {
      this.#stamp(old![0], stamp);
      return;
    }
    const { nextMs } = this.#moment;
    const reachesNext =
      old !== undefined && nextMs !== null && (old[4] === null || old[4] > nextMs);
    if (old !== undefined) this.#end(old, reachesNext ? nextMs : null);
    if (entry === null) return;
    const next = reachesNext ? undefined : this.#find(STARTING, folderId, name, nextMs);
    if (next !== undefined && isSameEntry(entryOf(next, key.folder), entry)) {
      this.#database.query(SET_START).run(this.#moment.atMs, next[0]);
      this.#stamp(next[0], stamp);
    } else {
      this.#stamp(this.#add(folderId, name, entry), stamp);
    }
  }

  /** As `write`, where the set has no snapshot yet: nothing to look up, nothing to end. */
  writeFirst(key: EntryKey, entry: Entry, stamp?: ReadStamp): void {
    const folderId = this.#folderId(key.folder, true)!;
    this.#stamp(this.#add(folderId, pathBytes(key.name), entry), stamp);
  }

  // --- internal ---

  #add(folderId: number, name: Buffer, entry: Entry): number {
    const { setId, atMs, nextMs } = this.#moment;
    const { lastInsertRowid } = this.#insert.run(
      setId,
      folderId,
      name,
      atMs,
      nextMs,
      ...valuesOf(entry),
    );
    return Number(lastInsertRowid);
  }

  /** The version stops before the moment; when it reached past the next snapshot, it lives on from there. */
  #end(old: VersionValues, restartMs: number | null): void {
    if (restartMs === null) {
      this.#database.query(SET_END).run(this.#moment.atMs, old[0]);
      // Closed: no scan will carry it, and the cache stays as small as the newest list.
      this.#database.query(FORGET_STAMP).run(old[0]);
    } else {
      // The later part keeps the row, and with it the stamp.
      this.#database.query(SET_START).run(restartMs, old[0]);
      this.#database.query(COPY_INTERVAL).run(old[3], this.#moment.atMs, old[0]);
    }
  }

  #find(sql: string, folderId: number, name: Buffer, ms: number | null): VersionValues | undefined {
    if (ms === null) return undefined;
    return this.#database.query(sql).values(folderId, name, ms)[0] as VersionValues | undefined;
  }

  #stamp(versionId: number, stamp: ReadStamp | undefined): void {
    if (stamp !== undefined) writeStamp(this.#database, versionId, stamp);
  }

  #folderId(path: string, isMade: boolean): number | undefined {
    const known = this.#folder;
    if (known?.path === path && (known.id !== undefined || !isMade)) return known.id;
    const bytes = pathBytes(path);
    const { setId } = this.#moment;
    const found = this.#database
      .query<{ folder_id: number }, [number, Buffer]>(FIND_FOLDER)
      .get(setId, bytes)?.folder_id;
    const id =
      found === undefined && isMade
        ? Number(this.#database.query(ADD_FOLDER).run(setId, bytes).lastInsertRowid)
        : found;
    this.#folder = { path, id };
    return id;
  }
}

/** For this room: what was seen when the version was last read. Call inside `atomic`. */
export function writeStamp(database: Database, versionId: number, stamp: ReadStamp): void {
  database.query(WRITE_STAMP).run(versionId, stamp.ctimeUs, stamp.device, stamp.readAtMs);
}

type SqlValue = number | string | Uint8Array | null;

const FIND_FOLDER = "SELECT folder_id FROM folders WHERE set_id = ? AND path = ?";
const ADD_FOLDER = "INSERT INTO folders (set_id, path) VALUES (?, ?)";

const COVERING = `
  SELECT ${VERSION_COLUMNS} FROM versions v INDEXED BY versions_by_name
  WHERE v.folder_id = ?1 AND v.name = ?2 AND ${covers("?3")}
  ORDER BY v.from_ms DESC LIMIT 1`;
const STARTING = `
  SELECT ${VERSION_COLUMNS} FROM versions v INDEXED BY versions_by_name
  WHERE v.folder_id = ?1 AND v.name = ?2 AND v.from_ms = ?3`;

const INSERT = `
  INSERT INTO versions (set_id, folder_id, name, from_ms, to_ms, type, size, mtime_us, inode, checksum, target, error)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const COPY_INTERVAL = `
  INSERT INTO versions (set_id, folder_id, name, from_ms, to_ms, type, size, mtime_us, inode, checksum, target, error)
  SELECT set_id, folder_id, name, ?1, ?2, type, size, mtime_us, inode, checksum, target, error
  FROM versions WHERE version_id = ?3`;
const SET_START = "UPDATE versions SET from_ms = ? WHERE version_id = ?";
const SET_END = "UPDATE versions SET to_ms = ? WHERE version_id = ?";

const WRITE_STAMP = `
  INSERT INTO stamps (version_id, ctime_us, device, read_at_ms) VALUES (?, ?, ?, ?)
  ON CONFLICT (version_id) DO UPDATE
  SET ctime_us = excluded.ctime_us, device = excluded.device, read_at_ms = excluded.read_at_ms`;
const FORGET_STAMP = "DELETE FROM stamps WHERE version_id = ?";
