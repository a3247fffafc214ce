// What was new between two moments of a set. A file that a snapshot sees again, after one that could not look there, is not: while
// its drive was away nothing was seen of it, and so it has two versions that are equal.
import { isSameEntry } from "#core/entry.ts";
import { pathText } from "#core/path-bytes.ts";
import type { UsedFile } from "#core/usage.ts";
import { view } from "#db/atomic.ts";
import { momentOf } from "#db/owned.ts";
import { snapshotBefore } from "#db/proof/verdicts.ts";
import type { Scope } from "#db/scope.ts";
import { isComplete, type SnapshotRow } from "#db/snapshots.ts";
import { entryOf, FILE, VERSION_COLUMNS, type VersionRow } from "#db/version.ts";

/** The files' versions that began after the one and up to the other, page by page, each a short read. Throws `gone`. */
export async function* newFiles(
  scope: Scope,
  since: SnapshotRow,
  row: SnapshotRow,
): AsyncGenerator<UsedFile[]> {
  const [low, high] = [since.timestampMs, row.timestampMs].toSorted((a, b) => a - b);
  let [fromMs, versionId] = [low!, Number.MAX_SAFE_INTEGER];
  for (;;) {
    const { files, last } = await view(scope, (database) => {
      const { setId } = momentOf(scope, row.snapshotId, "gone");
      const begun = database
        .query<Begun, [number, number, number, number]>(BEGUN)
        .all(setId, fromMs, versionId, high!);
      const again = new SeenAgain(scope, row);
      return {
        files: begun.filter((one) => !again.has(one)).map(usedBy),
        last: begun.length < STEP ? undefined : begun.at(-1)!,
      };
    });
    yield files;
    if (last === undefined) return;
    [fromMs, versionId] = [last.from_ms, last.version_id];
  }
}

/** The statements, for the test that pins their plans. */
export const CHURN_SQL = () => ({ BEGUN, BEFORE });

// --- internal ---

/** Versions looked at in one read: some milliseconds. */
const STEP = 4000;

type Begun = VersionRow & { path: Uint8Array };

class SeenAgain {
  readonly #scope: Scope;
  readonly #row: SnapshotRow;
  #fromMs: number | undefined;
  #wasBlind = false;

  constructor(scope: Scope, row: SnapshotRow) {
    this.#scope = scope;
    this.#row = row;
  }

  has(begun: Begun): boolean {
    if (!this.#wasBlindBefore(begun.from_ms)) return false;
    const before = this.#scope.store.database
      .query<VersionRow, [number, Uint8Array, number]>(BEFORE)
      .get(begun.folder_id, begun.name, begun.from_ms);
    return before !== null && isSameEntry(entryOf(before, ""), entryOf(begun, ""));
  }

  /** Of versions in the order of their beginning: asked once for each snapshot. */
  #wasBlindBefore(fromMs: number): boolean {
    if (fromMs === this.#fromMs) return this.#wasBlind;
    const before = snapshotBefore(this.#scope, { ...this.#row, timestampMs: fromMs });
    this.#fromMs = fromMs;
    this.#wasBlind = before !== undefined && !isComplete(before);
    return this.#wasBlind;
  }
}

const usedBy = ({ path, name, size, mtime_us }: Begun): UsedFile => ({
  folder: pathText(path),
  name: pathText(name),
  sizeBytes: size ?? 0,
  mtimeUs: mtime_us,
});

const BEGUN = `
  SELECT f.path, ${VERSION_COLUMNS}
  FROM versions v INDEXED BY versions_by_start
  CROSS JOIN folders f ON f.folder_id = v.folder_id
  WHERE v.set_id = ?1 AND (v.from_ms, v.version_id) > (?2, ?3) AND v.from_ms <= ?4 AND v.type = ${FILE}
  ORDER BY v.from_ms, v.version_id LIMIT ${STEP}`;

const BEFORE = `
  SELECT ${VERSION_COLUMNS} FROM versions v INDEXED BY versions_by_name
  WHERE v.folder_id = ?1 AND v.name = ?2 AND v.from_ms < ?3
  ORDER BY v.from_ms DESC LIMIT 1`;
