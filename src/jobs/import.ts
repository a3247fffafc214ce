// Takes a snapshot from a file into the store: a document, our own, an old one, or another writer's minimal one; or a list of checksums.
// The same judge as for an upload: what is impossible or contradicts itself is refused whole, with its first offending line.
import { BsvError } from "#core/errors.ts";
import { DEFAULT_LIMITS } from "#core/config/limits.ts";
import { problem } from "#core/lines.ts";
import type { Run } from "#core/run.ts";
import { timestampText } from "#core/timestamp.ts";
import { findTombstone } from "#db/recording/erase.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { querySnapshots } from "#db/query.ts";
import { everything, type Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { openStore } from "#db/store/store.ts";
import { changeTags } from "#db/tags.ts";
import { documentKind, unnamedKind } from "#disk/document-kind.ts";
import { makePrivateDir } from "#disk/home.ts";
import { keepInput } from "#disk/kept-input.ts";
import { systemScratch, withScratch } from "#disk/scratch.ts";
import { withWorkFolder } from "#disk/work-folder.ts";
import { listAsDocument, type ListOrigin } from "./import-list.ts";
import { ingest, type Ingested, type IngestInput } from "./ingest/ingest.ts";

export interface ImportInput {
  /** `-` is standard input. */
  readonly file: string;
  /** Entries are sorted below it. */
  readonly dataDir: string;
  /** It is a list of checksums, and this is what it does not say itself. */
  readonly list?: ListOrigin | undefined;
}

export interface Imported extends Ingested {
  /** Of a list: names outside of what was asked for. */
  readonly outsideCount: number;
  /** Of a list: facts recorded as 0, for it does not tell them. */
  readonly unknown: readonly string[];
}

/** Throws `not_found` without such a file, or what `ingest` throws; then nothing is stored. */
export async function importDocument(
  scope: Scope,
  input: ImportInput,
  run: Run,
): Promise<Imported> {
  const parent = `${input.dataDir}/spool`;
  makePrivateDir(parent);
  return withWorkFolder(parent, async (workFolder) => {
    const imported = await read(input, workFolder, run, (body) => ingest(scope, body, run));
    const add = imported.unknown.map((fact) => `unknown-${fact}`);
    if (imported.status === "stored" && add.length > 0) {
      await changeTags(scope, imported.row.snapshotId, { add, remove: [] });
    }
    return imported;
  });
}

/** The same for a dry run: judges it, says what would become of it, and leaves nothing; `scope` is undefined where there is no store. */
export function previewImport(
  scope: Scope | undefined,
  input: Omit<ImportInput, "dataDir">,
  run: Run,
): Promise<Imported> {
  return withScratch(systemScratch(), (workFolder) =>
    read(input, workFolder, run, async (body) => {
      const scratch = await openStore(`${workFolder}/bsv.db`);
      try {
        const { row } = await ingest(everything(scratch), body, run);
        const status = scope === undefined ? "stored" : await foretell(scope, row);
        return { status, row, gap: null };
      } finally {
        await scratch.close();
      }
    }),
  );
}

// --- internal ---

/** Reads the file as what it is, and has it taken. */
async function read(
  input: Omit<ImportInput, "dataDir">,
  workFolder: string,
  run: Run,
  take: (body: IngestInput) => Promise<Ingested>,
): Promise<Imported> {
  const isUnnamed = input.file === "-";
  const file = isUnnamed ? await keepInput(`${workFolder}/stdin`, run.signal) : input.file;
  const kind = isUnnamed ? await unnamedKind(file) : documentKind(file);
  const taking = { receivedAtMs: run.now(), workFolder, limits: DEFAULT_LIMITS };
  if (input.list === undefined) {
    const taken = await take({ ...taking, ...kind, parts: [file] });
    return { ...taken, outsideCount: 0, unknown: [] };
  }
  const limitBytes = DEFAULT_LIMITS.document_size;
  const source = { file, encoding: kind.encoding, name: input.file, limitBytes };
  const { parts, lineOf, ...told } = await listAsDocument(source, input.list, workFolder, run);
  const body = { ...taking, parts, form: "ndjson", encoding: "identity" } as const;
  const taken = await take(body).catch((error: unknown) => {
    throw atListLine(error, lineOf);
  });
  return { ...taken, ...told };
}

/** What would become of a snapshot that is sound by itself. */
async function foretell(scope: Scope, row: SnapshotRow): Promise<Ingested["status"]> {
  const { snapshotId, timestampMs } = row;
  if ((await findSnapshot(scope, snapshotId)) !== undefined) return "exists";
  const isThen = { fromMs: timestampMs, toMs: timestampMs };
  const { rows } = await querySnapshots(scope, row, isThen, { limit: 1, order: "asc" });
  if (rows.length > 0) {
    const text = `${row.machineId}/${row.setName} has another snapshot at ${timestampText(timestampMs)}`;
    const details = { snapshot_id: snapshotId, existing_id: rows[0]!.snapshotId };
    throw new BsvError("conflict", text, { details });
  }
  const tombstone = await findTombstone(scope, row, snapshotId);
  if (tombstone === undefined) return "stored";
  const deletedAt = timestampText(tombstone.deletedAtMs);
  throw new BsvError("gone", `Snapshot ${snapshotId} was deleted on ${deletedAt}`, {
    details: { snapshot_id: snapshotId, deleted_at: deletedAt },
  });
}

/** The document was made of the list: its lines are of no use to whoever wrote the list. */
function atListLine(error: unknown, lineOf: (line: number) => number): unknown {
  if (!(error instanceof BsvError) || typeof error.details["line"] !== "number") return error;
  const line = lineOf(error.details["line"]);
  const text = error.message.replace(/^Line \d+: /, "");
  return problem(error.code, line, text, { ...error.details, line });
}
