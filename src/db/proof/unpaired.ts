// What stands on one side only, in the snapshot or in the copy, until it is known what became of it: names that another file system takes
// for one, contents that moved. In the table of the observations, so that memory stays flat.
import type { Database } from "bun:sqlite";
import { changeOf, type OwnChange } from "#core/change-json.ts";
import { entryLine, type Entry } from "#core/entry.ts";
import type { Observed } from "#core/proof/finding.ts";
import { foldName } from "#core/proof/name-collisions.ts";
import { keyOfPath, pathOfKey } from "#core/order.ts";
import { pairMoves, placeText, type Place } from "#core/pair-moves.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";

export class Unpaired {
  readonly #sql;
  readonly #find: (path: string) => Observed | undefined;

  /** Makes its tables; `find` gives what was observed at a path. */
  constructor(database: Database, find: (path: string) => Observed | undefined) {
    for (const table of TABLES) database.run(table);
    this.#sql = prepare(database);
    this.#find = find;
  }

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
        const extra = this.#find(pathOf(row.extra_folder, row.extra_name));
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
    for (const row of this.#sql.extras.iterate() as Iterable<KeyRow>) {
      yield this.#find(pathOf(row.folder, row.name))!;
    }
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
    const { origins } = pairMoves(gone, came, false);
    for (const { key, entry } of came) {
      const missing = origins.get(placeText(key));
      const extra = missing && this.#find(entry.path);
      if (missing !== undefined && extra !== undefined) yield { missing, extra };
    }
  }
}

// --- internal ---

/** So many pairs are looked at at once; they are taken while the list goes on. */
const PAIRS = 500;
/** Of a content that stands in more places nobody can say which went where. */
const MOST_ALIKE = 1000;

const TABLES = [
  "CREATE TABLE missing (folder BLOB, name BLOB, checksum TEXT, size INTEGER, fold TEXT, line TEXT, PRIMARY KEY (folder, name)) WITHOUT ROWID",
  "CREATE TABLE extra (folder BLOB, name BLOB, checksum TEXT, size INTEGER, fold TEXT, PRIMARY KEY (folder, name)) WITHOUT ROWID",
  "CREATE INDEX missing_by_content ON missing (checksum, size)",
  "CREATE INDEX extra_by_content ON extra (checksum, size)",
  "CREATE INDEX extra_by_fold ON extra (fold)",
];

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

const pathOf = (folder: Uint8Array, name: Uint8Array): string =>
  pathOfKey(pathText(folder), pathText(name));

function readEntry(line: string): Entry {
  return changeOf(JSON.parse(line) as OwnChange).entry!;
}

function prepare(database: Database) {
  return {
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
  };
}
