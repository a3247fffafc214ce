// scan: what is on disk now becomes a snapshot in the store, and a document beside it. Files known to be unchanged are carried, the
// others read. Nothing is stored if nothing could be seen; what could not be seen makes it incomplete, never green.
import type { Backupset } from "#core/config/config.ts";
import {
  documentStart,
  EntryTally,
  snapshotId,
  type RootState,
  type SnapshotHeader,
} from "#core/document.ts";
import { jsonText, type Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import { signedBy, snapshotStatement, type Signer } from "#core/signature.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Verdict } from "#core/proof/verdict.ts";
import { findBackupset, reserveBackupset, type SetName } from "#db/backupsets.ts";
import { saveStamps } from "#db/carry.ts";
import { lockSet } from "#db/lock.ts";
import { querySnapshots } from "#db/query.ts";
import { recordSnapshot } from "#db/recording/record.ts";
import type { Scope } from "#db/scope.ts";
import { latestSnapshot, newestRecorded, type SnapshotRow } from "#db/snapshots.ts";
import { DocumentFolder, DocumentLines } from "#disk/documents.ts";
import { hashPool, type HashPool } from "#disk/hash-pool.ts";
import { newSha256 } from "#disk/sha256.ts";
import { Spool } from "#disk/spool.ts";
import { tidily } from "#disk/tidily.ts";
import { Found } from "#scan/found.ts";
import { Outcome } from "#scan/outcome.ts";
import { Reading } from "#scan/reading.ts";
import { CountingSink, RecordingSink } from "#scan/sinks.ts";
import { survey, Survey } from "#scan/survey.ts";
import { pruneDocuments, restoreDocument } from "./documents.ts";
import { judge } from "./judge.ts";
import { surveyInput } from "./survey-input.ts";

export interface ScanInput {
  readonly set: Backupset;
  readonly machineId: string;
  readonly agentId: string;
  readonly dataDir: string;
  readonly keepDocuments: number | "all";
  /** Read everything, carry nothing. */
  readonly reread: boolean;
  /** Store what is there, even if it is nothing. */
  readonly allowEmpty: boolean;
  readonly threads: number;
  readonly tool: { readonly name: string; readonly version: string };
  /** Signs the snapshot, if this installation has a key. */
  readonly signer?: Signer | undefined;
}

export interface ScanSummary {
  readonly row: SnapshotRow;
  readonly header: SnapshotHeader;
  readonly documentFile: string;
  readonly isComplete: boolean;
  readonly survey: Survey;
  readonly outcome: Outcome;
  /** How far the timestamp had to be put ahead of the clock, to stay after the last one. */
  readonly clockSkewMs: number;
  /** The set's `expect.min_files`, when there are fewer. */
  readonly missedMinFiles: number | undefined;
  /** Undefined: it was deleted at once. */
  readonly verdict: Verdict | undefined;
}

export interface ScanPreview {
  readonly survey: Survey;
  readonly counts: CountingSink;
  /** The set's `expect.min_files`, when there are fewer. */
  readonly missedMinFiles: number | undefined;
}

/** Throws `locked`, and `no_usable_root` if there is nothing to see in any root. */
export async function scan(scope: Scope, input: ScanInput, run: Run): Promise<ScanSummary> {
  const set = { machineId: input.machineId, setName: input.set.name };
  const lock = await lockSet(input.dataDir, set);
  const pool = hashPool(input.threads);
  const stop = () => pool.cancel(run.signal.reason);
  run.signal.addEventListener("abort", stop);
  try {
    return await scanLocked(scope, input, set, pool, run);
  } finally {
    run.signal.removeEventListener("abort", stop);
    pool.cancel(new BsvError("interrupted", "The scan has ended")); // leaves no file open behind a failure
    lock.release();
  }
}

/** What a scan would read. Writes nothing; without a store everything is new. */
export async function previewScan(
  scope: Scope | undefined,
  input: Omit<ScanInput, "agentId" | "tool" | "keepDocuments" | "threads">,
  run: Run,
): Promise<ScanPreview> {
  const set = { machineId: input.machineId, setName: input.set.name };
  const parent = scope && (await newestRecorded(scope, set));
  const seen = new Survey();
  const counts = new CountingSink();
  await survey(surveyInput(scope, input, parent), seen, counts, run);
  return { survey: seen, counts, missedMinFiles: missedMinFiles(input.set, seen.entryCount) };
}

// --- internal ---

async function scanLocked(
  scope: Scope,
  input: ScanInput,
  set: SetName,
  pool: HashPool,
  run: Run,
): Promise<ScanSummary> {
  const documents = new DocumentFolder(input.dataDir, set.machineId, set.setName);
  documents.sweep();
  const parent = await newestRecorded(scope, set);
  if (parent !== undefined && !documents.has(parent.timestampMs)) {
    await restoreDocument(scope, parent, documents, run);
  }
  const seen = new Survey();
  const onTurn = () => report(seen, reading, run);
  const reading = new Reading(pool, onTurn, (trouble) => run.monitor.trouble(trouble));
  const spool = new Spool(`${input.dataDir}/spool/${set.machineId}/${set.setName}`);
  const found = new Found(spool, run.now());
  try {
    const sink = new RecordingSink(found, reading, onTurn);
    await survey(surveyInput(scope, input, parent), seen, sink, run);
    if (!input.allowEmpty) refuseBlindness(seen.roots, set);
    await reading.finish();
    return await record(scope, input, set, { documents, parent, seen, reading, found }, run);
  } finally {
    found.remove();
  }
}

function report(seen: Survey, reading: Reading, run: Run): void {
  run.monitor.progress({
    phase: "scan",
    files: seen.carriedCount + reading.fileCount,
    bytes: seen.carriedBytes + reading.sizeBytes,
  });
}

/** A set of which nothing can be seen is not an empty set. */
function refuseBlindness(roots: readonly RootState[], { setName }: SetName): void {
  if (roots.some((root) => root.state === "ok")) return;
  const states = roots.map(({ path, state }) => `${path} is ${state}`);
  throw new BsvError("no_usable_root", `Nothing of ${setName} can be seen: ${states.join(", ")}`, {
    hint: "Is a disk not mounted? If it is meant to be so, --allow-empty stores it",
    details: { roots },
  });
}

interface Work {
  readonly documents: DocumentFolder;
  readonly parent: SnapshotRow | undefined;
  readonly seen: Survey;
  readonly reading: Reading;
  readonly found: Found;
}

async function record(
  scope: Scope,
  input: ScanInput,
  set: SetName,
  { documents, parent, seen, reading, found }: Work,
  run: Run,
): Promise<ScanSummary> {
  const nowMs = run.now();
  const timestampMs = await freeTimestamp(
    scope,
    set,
    Math.max(nowMs, 1 + (await lastTimestamp(scope, set, parent))),
  );
  const lines = new DocumentLines(documents);
  const { digests } = reading;
  let outcome = new Outcome();
  let header: SnapshotHeader | undefined;
  const changes = {
    *[Symbol.iterator]() {
      outcome = new Outcome(); // the store may ask again
      yield* tidily(found.changes(digests, outcome));
    },
  };
  const seal = (entries: Iterable<Entry>) => {
    lines.restart();
    const tally = new EntryTally(newSha256);
    for (const entry of tidily(entries)) lines.add(tally.add(entry));
    header = headerOf(
      input,
      set,
      { timestampMs, skewMs: timestampMs - nowMs },
      parent,
      seen,
      outcome,
      tally,
    );
    const headerText = jsonText(header);
    const id = snapshotId(headerText, newSha256);
    const signed = input.signer && signedBy(input.signer, snapshotStatement(id));
    return { snapshotId: id, headerText, signed };
  };
  try {
    run.signal.throwIfAborted();
    const { row } = await recordSnapshot(scope, {
      set,
      timestampMs,
      receivedAtMs: nowMs,
      content: { kind: "delta", baseId: parent?.snapshotId ?? null, changes },
      signedBy: "own",
      seal,
    });
    const documentFile = documents.fileAt(timestampMs);
    lines.publish(documentFile, documentStart(row.snapshotId, row.headerText));
    await describe(scope, set, input.set.description, nowMs);
    if (outcome.confirmedCount > 0)
      await saveStamps(scope, row.snapshotId, found.confirmed(digests));
    const verdict = await judge(scope, row, run);
    await pruneDocuments(scope, set, documents, input.keepDocuments, run);
    return {
      row: { ...row, verdict: verdict?.verdict ?? null },
      verdict,
      header: header!,
      documentFile,
      isComplete: header!.summary.complete === true,
      survey: seen,
      outcome,
      clockSkewMs: timestampMs - nowMs,
      missedMinFiles: missedMinFiles(input.set, row.fileCount),
    };
  } finally {
    lines.remove();
  }
}

/** The set's description in the store is the one in the backupset file. */
async function describe(
  scope: Scope,
  set: SetName,
  description: string | undefined,
  nowMs: number,
): Promise<void> {
  if (description === undefined) return;
  const known = await findBackupset(scope, set);
  if (known?.description !== description)
    await reserveBackupset(scope, { ...set, description, nowMs });
}

/** The newest time of the set that a correct clock could have given, or that a scan gave knowingly; 0 if there is none. */
async function lastTimestamp(
  scope: Scope,
  set: SetName,
  parent: SnapshotRow | undefined,
): Promise<number> {
  const latest = await latestSnapshot(scope, set);
  const known = [latest, parent].filter((row) => row !== undefined);
  const trusted = known.filter((row) => !row.isFutureDated || isDatedBySkew(row));
  return Math.max(0, ...trusted.map((row) => row.timestampMs));
}

/** Ahead of its clock only to stay after the one before: the next one stays after it in turn. */
function isDatedBySkew({ headerText }: SnapshotRow): boolean {
  return "clock_skew_ms" in (JSON.parse(headerText) as object);
}

/** The first time from here on that no snapshot of the set has: one with a wrong date must not stop a scan. */
async function freeTimestamp(scope: Scope, set: SetName, fromMs: number): Promise<number> {
  for (let timestampMs = fromMs; ; timestampMs++) {
    const when = { fromMs: timestampMs, toMs: timestampMs };
    const { rows } = await querySnapshots(scope, set, when, { limit: 1, order: "asc" });
    if (rows.length === 0) return timestampMs;
  }
}

function missedMinFiles({ expect: { minFiles = 0 } }: Backupset, fileCount: number) {
  return fileCount < minFiles ? minFiles : undefined;
}

/** So many mounts are named in the header; all are counted. */
const MAX_MOUNTS = 1000;

function headerOf(
  input: ScanInput,
  set: SetName,
  { timestampMs, skewMs }: { timestampMs: number; skewMs: number },
  parent: SnapshotRow | undefined,
  seen: Survey,
  outcome: Outcome,
  tally: EntryTally,
): SnapshotHeader {
  const { mounts, counts } = seen.leftOut;
  return {
    timestamp: timestampText(timestampMs),
    machine_id: set.machineId,
    backupset_name: set.setName,
    summary: {
      file_count: tally.fileCount,
      total_size: tally.totalSizeBytes,
      error_count: tally.errorCount,
      read_count: outcome.readCount,
      carried_count: seen.carriedCount,
      skipped: Object.fromEntries(counts),
      complete:
        tally.errorCount === 0 &&
        missedMinFiles(input.set, tally.fileCount) === undefined &&
        seen.roots.every((root) => root.state === "ok"),
    },
    format: 1,
    hash: "sha256",
    parent_id: parent?.snapshotId ?? null,
    agent_id: input.agentId,
    reread: input.reread,
    tree_hash: tally.treeHash(),
    roots: seen.roots,
    ...(mounts.length === 0 ? {} : { skipped_mounts: mounts.slice(0, MAX_MOUNTS) }),
    ...(skewMs === 0 ? {} : { clock_skew_ms: skewMs }),
    tool: input.tool,
  };
}
