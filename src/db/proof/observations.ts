// What was met in a copy, until it is held against a snapshot: a table on disk of its own, gone with the run. Copies come in any order
// and any number; here they get the one order, a later entry takes the place of an earlier one, and memory stays flat.
import { Database } from "bun:sqlite";
import type { Observed, ObservedTrouble } from "#core/proof/finding.ts";
import { keyOfPath, pathOfKey, type EntryKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import { Unpaired } from "./unpaired.ts";

/** A file whose digest comes later is added with a number, and asked for by it when it is read back. */
export type DigestOf = (
  digest: number,
) => Partial<Pick<Observed, "checksum" | "trouble" | "sizeBytes" | "mtimeUs" | "ctimeUs">>;

export class Observations {
  readonly #database: Database;
  readonly #sql;
  readonly #digestOf: DigestOf;
  /** What has no counterpart at its own name. */
  readonly unpaired: Unpaired;
  #folder = { text: "", bytes: pathBytes("") };

  /** `file` must not exist yet; its folder is the caller's, and so is removing it. */
  constructor(file: string, digestOf: DigestOf) {
    this.#digestOf = digestOf;
    this.#database = new Database(file, { create: true, readwrite: true, strict: true });
    for (const pragma of PRAGMAS) this.#database.run(`PRAGMA ${pragma}`);
    for (const table of TABLES) this.#database.run(table);
    this.#sql = prepare(this.#database);
    this.unpaired = new Unpaired(this.#database, (path) => this.find(path));
    this.#database.run("BEGIN"); // to the end of the run: nothing here must survive it
  }

  /** In place of what was met at the same path before. */
  add(observed: Observed, digest: number | null): void {
    const { folder, name } = keyOfPath(observed.path, false);
    const { trouble, checksum, target } = observed;
    this.#sql.add.run(
      this.#folderBytes(folder),
      pathBytes(name),
      TYPES.indexOf(observed.type),
      observed.sizeBytes,
      observed.mtimeUs,
      observed.ctimeUs,
      checksum,
      target === null ? null : pathBytes(target),
      trouble === null ? null : TROUBLES.indexOf(trouble.kind),
      trouble === null ? null : trouble.why,
      digest,
    );
  }

  find(path: string): Observed | undefined {
    const { folder, name } = keyOfPath(path, false);
    const row = this.#sql.find.get(pathBytes(folder), pathBytes(name)) as ObservedRow | null;
    return row === null ? undefined : this.#observed(row);
  }

  /** All of them in the one order, page by page. */
  *pages(): Generator<{ key: EntryKey; observed: Observed }[]> {
    // In order each page is read once: what is held against it needs the room.
    this.#database.run(`PRAGMA cache_size = ${-READING_CACHE_KIB}`);
    this.#database.run("PRAGMA shrink_memory");
    let after = [Buffer.alloc(0), Buffer.alloc(0)] as [Uint8Array, Uint8Array];
    for (;;) {
      const rows = this.#sql.page.all(...after, PAGE_SIZE) as ObservedRow[];
      if (rows.length > 0) yield rows.map((row) => this.#keyed(row));
      if (rows.length < PAGE_SIZE) return;
      const { folder, name } = rows.at(-1)!;
      after = [folder, name];
    }
  }

  close(): void {
    this.#database.close(true);
  }

  // --- internal ---

  /** The files of a folder mostly come one after the other. */
  #folderBytes(text: string): Uint8Array {
    if (this.#folder.text !== text) this.#folder = { text, bytes: pathBytes(text) };
    return this.#folder.bytes;
  }

  #keyed(row: ObservedRow): { key: EntryKey; observed: Observed } {
    const key = { folder: pathText(row.folder), name: pathText(row.name) };
    return { key, observed: this.#observed(row, pathOfKey(key.folder, key.name)) };
  }

  #observed(row: ObservedRow, path = pathOf(row.folder, row.name)): Observed {
    const late = row.digest === null ? {} : this.#digestOf(row.digest);
    const trouble = row.trouble === null ? null : { kind: TROUBLES[row.trouble]!, why: row.why! };
    return {
      path,
      type: TYPES[row.type]!,
      target: row.target === null ? null : pathText(row.target),
      sizeBytes: row.size,
      mtimeUs: row.mtime_us,
      ctimeUs: row.ctime_us,
      checksum: row.checksum,
      trouble,
      ...late,
    };
  }
}

// --- internal ---

const PAGE_SIZE = 1000;
/** Names come in any order, and a folder's here and there. */
const MEETING_CACHE_KIB = 16 * 1024;
/** For what has no counterpart: its tables have indexes. */
const READING_CACHE_KIB = 6 * 1024;
const TYPES: readonly Observed["type"][] = ["file", "symlink", "other"];
const TROUBLES: readonly ObservedTrouble["kind"][] = [
  "unstable",
  "unreadable",
  "offline",
  "unverifiable",
  "unread",
];

/** Nothing is to survive: no journal, no flush. The cache bounds the memory, what is over goes to the file. */
const PRAGMAS = [
  "journal_mode = OFF",
  "synchronous = OFF",
  "locking_mode = EXCLUSIVE",
  `cache_size = ${-MEETING_CACHE_KIB}`,
  "temp_store = FILE",
];

const TABLES = [
  `CREATE TABLE observed (folder BLOB, name BLOB, type INTEGER, size INTEGER, mtime_us INTEGER, ctime_us INTEGER,
     checksum TEXT, target BLOB, trouble INTEGER, why TEXT, digest INTEGER, PRIMARY KEY (folder, name)) WITHOUT ROWID`,
];

interface ObservedRow extends KeyRow {
  type: number;
  size: number | null;
  mtime_us: number | null;
  ctime_us: number | null;
  checksum: string | null;
  target: Uint8Array | null;
  trouble: number | null;
  why: string | null;
  digest: number | null;
}

interface KeyRow {
  folder: Uint8Array;
  name: Uint8Array;
}

const pathOf = (folder: Uint8Array, name: Uint8Array): string =>
  pathOfKey(pathText(folder), pathText(name));

function prepare(database: Database) {
  return {
    add: database.prepare(
      "INSERT OR REPLACE INTO observed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    find: database.prepare("SELECT * FROM observed WHERE folder = ? AND name = ?"),
    page: database.prepare(
      "SELECT * FROM observed WHERE (folder, name) > (?, ?) ORDER BY folder, name LIMIT ?",
    ),
  };
}
