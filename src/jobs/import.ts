// Takes a snapshot document from a file into the store: our own, an old one, or another writer's minimal one. The same judge as
// for an upload: what is impossible or contradicts itself is refused whole, with its first offending line.
import { BsvError } from "#core/errors.ts";
import { DEFAULT_LIMITS } from "#core/limits.ts";
import type { Run } from "#core/run.ts";
import { timestampText } from "#core/timestamp.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { querySnapshots } from "#db/query.ts";
import { everything, type Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { openStore } from "#db/store/store.ts";
import { documentKind } from "#disk/document-kind.ts";
import { makePrivateDir } from "#disk/home.ts";
import { withWorkFolder } from "#disk/work-folder.ts";
import { ingest, type Ingested } from "./ingest/ingest.ts";

export interface ImportInput {
  readonly file: string;
  /** Entries are sorted below it. */
  readonly dataDir: string;
  /** Judge it, say what would become of it, and store nothing. */
  readonly isDryRun: boolean;
}

/** Throws `not_found` without such a file, or what `ingest` throws; then nothing is stored. */
export function importDocument(
  scope: Scope,
  { file, dataDir, isDryRun }: ImportInput,
  run: Run,
): Promise<Ingested> {
  const workFolder = `${dataDir}/spool`;
  makePrivateDir(workFolder);
  const input = {
    parts: [file],
    ...documentKind(file),
    receivedAtMs: run.now(),
    workFolder,
    limits: DEFAULT_LIMITS,
  };
  if (!isDryRun) return ingest(scope, input, run);
  return withWorkFolder(workFolder, async (folder) => {
    const scratch = await openStore(`${folder}/bsv.db`);
    try {
      const { row } = await ingest(everything(scratch), input, run);
      return { status: await foretell(scope, row), row, gap: null };
    } finally {
      await scratch.close();
    }
  });
}

// --- internal ---

/** What would become of a snapshot that is sound by itself. */
async function foretell(scope: Scope, row: SnapshotRow): Promise<Ingested["status"]> {
  if ((await findSnapshot(scope, row.snapshotId)) !== undefined) return "exists";
  const isThen = { fromMs: row.timestampMs, toMs: row.timestampMs };
  const { rows } = await querySnapshots(scope, row, isThen, { limit: 1, order: "asc" });
  if (rows.length === 0) return "stored";
  throw new BsvError(
    "conflict",
    `${row.machineId}/${row.setName} has another snapshot at ${timestampText(row.timestampMs)}`,
    { details: { snapshot_id: row.snapshotId, existing_id: rows[0]!.snapshotId } },
  );
}
