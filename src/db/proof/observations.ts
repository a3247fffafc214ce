// What was met in a copy, until it is held against a snapshot: a table on disk of its own, gone with the run. Copies come in any order
// and any number; here they get the one order, a later entry takes the place of an earlier one, and memory stays flat.
import { Database } from "bun:sqlite";
import { readChange } from "#core/change-json.ts";
import { entryLine, type Entry } from "#core/entry.ts";
import type { Observed, ObservedTrouble } from "#core/proof/finding.ts";
import { foldName } from "#core/proof/name-collisions.ts";
import { keyOfPath, pathOfKey, type EntryKey } from "#core/order.ts";
import { pairMoves, placeText, type Place } from "#core/pair-moves.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";

/** A file whose digest comes later is added with a number, and asked for by it when it is read back. */
export type DigestOf = (
  digest: number,
) => Partial<Pick<Observed, "checksum" | "trouble" | "sizeBytes" | "mtimeUs" | "ctimeUs">>;

export class Observations {
  readonly #database: Database;
  readonly #sql;
  readonly #digestOf: DigestOf;

  /** `file` must not exist yet; its folder is the caller's, and so is removing it. */
  constructor(file: string, digestOf: DigestOf) {
    this.#digestOf = digestOf;
    this.#database = new Database(file, { create: true, readwrite: true, strict: true });
    for (const pragma of PRAGMAS) this.#database.run(`PRAGMA ${pragma}`);
    for (const table of TABLES) this.#database.run(table);
    this.#sql = prepare(this.#database);
    this.#database.run("BEGIN"); // to the end of the run: nothing here must survive it
  }

  /** In place of what was met at the same path before. */
  add(observed: Observed, digest: number | null): void {
    const { folder, name } = keyOfPath(observed.path, false);
    const { trouble, checksum, target } = observed;
    this.#sql.add.run(
      pathBytes(folder),
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
    let after = [Buffer.alloc(0), Buffer.alloc(0)] as [Uint8Array, Uint8Array];
    for (;;) {
      const rows = this.#sql.page.all(...after, PAGE_SIZE) as ObservedRow[];
      if (rows.length > 0) yield rows.map((row) => this.#keyed(row));
      if (rows.length < PAGE_SIZE) return;
      const { folder, name } = rows.at(-1)!;
      after = [folder, name];
    }
  }

  // --- what stands on one side only, to be paired ---

  addMissing(expected: Entry): void {
    const { folder, name } = keyOfPath(expected.path, expected.type === "dir");
    this.#sql.addMissing.run(
      pathBytes(folder),
      pathBytes(name),
      expected.checksum,
      expected.sizeBytes,
      foldName(expected.path),
      entryLine(expected),
    );
  }

  addExtra({ path, checksum, sizeBytes }: Observed): void {
    const { folder, name } = keyOfPath(path, false);
    this.#sql.addExtra.run(pathBytes(folder), pathBytes(name), checksum, sizeBytes, foldName(path));
  }

  /** Names that differ only in case or composition; those that belong together are taken by `take`. */
  *folded(): Generator<{ missing: Entry; extra: Observed }> {
    let after = [Buffer.alloc(0), Buffer.alloc(0)] as [Uint8Array, Uint8Array];
    for (;;) {
      const rows = this.#sql.folded.all(...after, PAIRS) as FoldedRow[];
      for (const row of rows) {
        const extra = this.find(pathOf(row.extra_folder, row.extra_name));
        if (extra !== undefined) yield { missing: readEntry(row.line), extra };
      }
      const last = rows.at(-1);
      if (last === undefined) return;
      after = [last.folder, last.name];
    }
  }

  /** Contents that are missing at one name and stand at another. */
  *moved(): Generator<{ missing: Entry; extra: Observed }> {
    let after: ContentRow = { checksum: "", size: 0 };
    for (;;) {
      const contents = this.#sql.contents.all(after.checksum, after.size, PAIRS) as ContentRow[];
      for (const content of contents) yield* this.#movedOf(content);
      if (contents.length < PAIRS) return;
      after = contents.at(-1)!;
    }
  }

  /** Whether neither is told of with another one. */
  areOpen(missing: Entry, extra: Observed): boolean {
    const [gone, came] = [keyOfPath(missing.path, false), keyOfPath(extra.path, false)];
    return (
      this.#sql.isMissing.get(pathBytes(gone.folder), pathBytes(gone.name)) !== null &&
      this.#sql.isExtra.get(pathBytes(came.folder), pathBytes(came.name)) !== null
    );
  }

  /** The two are told of together, and no more alone. */
  take(missing: Entry, extra: Observed): void {
    const gone = keyOfPath(missing.path, false);
    this.#sql.takeMissing.run(pathBytes(gone.folder), pathBytes(gone.name));
    const came = keyOfPath(extra.path, false);
    this.#sql.takeExtra.run(pathBytes(came.folder), pathBytes(came.name));
  }

  *missing(): Generator<Entry> {
    for (const { line } of this.#sql.missing.iterate() as Iterable<{ line: string }>) {
      yield readEntry(line);
    }
  }

  *extras(): Generator<Observed> {
    for (const row of this.#sql.extras.iterate() as Iterable<ObservedRow>) {
      yield this.find(pathOf(row.folder, row.name))!;
    }
  }

  // --- contents that were proven, or found not to be there ---

  prove(checksum: string): void {
    if (checksum.length >= CONTENT_DIGITS) this.#sql.prove.run(contentOf(checksum));
  }

  disprove(checksum: string): void {
    if (checksum.length >= CONTENT_DIGITS) this.#sql.disprove.run(contentOf(checksum));
  }

  *proven(): Generator<Uint8Array> {
    for (const row of this.#sql.proven.iterate() as Iterable<{ content: Uint8Array }>)
      yield row.content;
  }

  *disproven(): Generator<Uint8Array> {
    for (const row of this.#sql.disproven.iterate() as Iterable<{ content: Uint8Array }>)
      yield row.content;
  }

  close(): void {
    this.#database.close(true);
  }

  // --- internal ---

  *#movedOf({ checksum, size }: ContentRow): Generator<{ missing: Entry; extra: Observed }> {
    const lines = this.#sql.goneOf.all(checksum, size) as { line: string }[];
    const gone = lines.map(({ line }): Place => {
      const entry = readEntry(line);
      return { key: keyOfPath(entry.path, false), entry };
    });
    const names = this.#sql.cameOf.all(checksum, size) as KeyRow[];
    const came = names.map(({ folder, name }): Place => {
      const key = { folder: pathText(folder), name: pathText(name) };
      return { key, entry: { ...gone[0]!.entry, path: pathOfKey(key.folder, key.name) } };
    });
    const { origins } = pairMoves(gone, came);
    for (const { key, entry } of came) {
      const missing = origins.get(placeText(key));
      const extra = missing && this.find(entry.path);
      if (missing !== undefined && extra !== undefined) yield { missing, extra };
    }
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
/** So many pairs are looked at at once; they are taken while the list goes on. */
const PAIRS = 500;
const CONTENT_DIGITS = 32;
/** Of a content that stands in more places nobody can say which went where. */
const MOST_ALIKE = 1000;

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
  "cache_size = -16384",
  "temp_store = FILE",
];

const TABLES = [
  `CREATE TABLE observed (folder BLOB, name BLOB, type INTEGER, size INTEGER, mtime_us INTEGER, ctime_us INTEGER,
     checksum TEXT, target BLOB, trouble INTEGER, why TEXT, digest INTEGER, PRIMARY KEY (folder, name)) WITHOUT ROWID`,
  "CREATE TABLE missing (folder BLOB, name BLOB, checksum TEXT, size INTEGER, fold TEXT, line TEXT, PRIMARY KEY (folder, name)) WITHOUT ROWID",
  "CREATE TABLE extra (folder BLOB, name BLOB, checksum TEXT, size INTEGER, fold TEXT, PRIMARY KEY (folder, name)) WITHOUT ROWID",
  "CREATE INDEX missing_by_content ON missing (checksum, size)",
  "CREATE INDEX extra_by_content ON extra (checksum, size)",
  "CREATE INDEX extra_by_fold ON extra (fold)",
  "CREATE TABLE proven (content BLOB PRIMARY KEY) WITHOUT ROWID",
  "CREATE TABLE disproven (content BLOB PRIMARY KEY) WITHOUT ROWID",
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

interface FoldedRow extends KeyRow {
  line: string;
  extra_folder: Uint8Array;
  extra_name: Uint8Array;
}

interface ContentRow {
  checksum: string;
  size: number;
}

const contentOf = (checksum: string): Uint8Array =>
  Uint8Array.fromHex(checksum.slice(0, CONTENT_DIGITS));

const pathOf = (folder: Uint8Array, name: Uint8Array): string =>
  pathOfKey(pathText(folder), pathText(name));

function readEntry(line: string): Entry {
  return readChange(line).entry!;
}

function prepare(database: Database) {
  return {
    add: database.prepare(
      "INSERT OR REPLACE INTO observed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    find: database.prepare("SELECT * FROM observed WHERE folder = ? AND name = ?"),
    page: database.prepare(
      "SELECT * FROM observed WHERE (folder, name) > (?, ?) ORDER BY folder, name LIMIT ?",
    ),
    addMissing: database.prepare("INSERT OR REPLACE INTO missing VALUES (?, ?, ?, ?, ?, ?)"),
    addExtra: database.prepare("INSERT OR REPLACE INTO extra VALUES (?, ?, ?, ?, ?)"),
    isMissing: database.prepare("SELECT 1 FROM missing WHERE folder = ? AND name = ?"),
    isExtra: database.prepare("SELECT 1 FROM extra WHERE folder = ? AND name = ?"),
    takeMissing: database.prepare("DELETE FROM missing WHERE folder = ? AND name = ?"),
    takeExtra: database.prepare("DELETE FROM extra WHERE folder = ? AND name = ?"),
    folded: database.prepare(
      `SELECT m.folder, m.name, m.line, e.folder AS extra_folder, e.name AS extra_name
       FROM missing m CROSS JOIN extra e INDEXED BY extra_by_fold ON e.fold = m.fold
       WHERE (m.folder, m.name) > (?, ?) ORDER BY m.folder, m.name LIMIT ?`,
    ),
    contents: database.prepare(
      `SELECT checksum, size FROM missing INDEXED BY missing_by_content
       WHERE (checksum, size) > (?, ?) AND size > 0
         AND EXISTS (SELECT 1 FROM extra e WHERE e.checksum = missing.checksum AND ifnull(e.size, missing.size) = missing.size)
       GROUP BY checksum, size HAVING count(*) <= ${MOST_ALIKE} LIMIT ?`,
    ),
    goneOf: database.prepare(
      "SELECT line FROM missing WHERE checksum = ? AND size = ? ORDER BY folder, name",
    ),
    cameOf: database.prepare(
      `SELECT folder, name FROM extra WHERE checksum = ?1 AND ifnull(size, ?2) = ?2 ORDER BY folder, name LIMIT ${MOST_ALIKE}`,
    ),
    missing: database.prepare("SELECT line FROM missing ORDER BY folder, name"),
    extras: database.prepare("SELECT folder, name FROM extra ORDER BY folder, name"),
    prove: database.prepare("INSERT OR IGNORE INTO proven VALUES (?)"),
    disprove: database.prepare("INSERT OR IGNORE INTO disproven VALUES (?)"),
    proven: database.prepare("SELECT content FROM proven ORDER BY content"),
    disproven: database.prepare("SELECT content FROM disproven ORDER BY content"),
  };
}
