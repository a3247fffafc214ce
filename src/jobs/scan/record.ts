// What a scan found becomes a snapshot in the store, and a document beside it: sealed from what the store gives back.
import { documentStart, EntryTally, snapshotId, type SnapshotHeader } from "#core/document.ts";
import { jsonText, type Entry } from "#core/entry.ts";
import type { Verdict } from "#core/proof/verdict.ts";
import type { Run } from "#core/run.ts";
import { signedBy, snapshotStatement } from "#core/signature.ts";
import { findBackupset, reserveBackupset, type SetName } from "#db/backupsets.ts";
import { saveStamps } from "#db/carry.ts";
import { deletedHead } from "#db/proof/receipts.ts";
import { recordSnapshot, type NewSnapshot } from "#db/recording/record.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { type DocumentFolder, DocumentLines } from "#disk/documents.ts";
import { newSha256 } from "#disk/sha256.ts";
import { tidily } from "#disk/tidily.ts";
import { pruneDocuments } from "#jobs/documents.ts";
import { judge } from "#jobs/judge.ts";
import type { Found } from "#scan/found.ts";
import { Outcome } from "#scan/outcome.ts";
import { StillReading, type Reading } from "#scan/reading.ts";
import type { Survey } from "#scan/survey.ts";
import { headerOf, missedMinFiles } from "./header.ts";
import type { ScanInput } from "./input.ts";
import { nextTimestamp } from "./timestamp.ts";

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

interface Work {
  readonly documents: DocumentFolder;
  readonly parent: SnapshotRow | undefined;
  readonly seen: Survey;
  readonly reading: Reading;
  readonly found: Found;
}

/** Stores the snapshot, writes its document, judges it, and lets old documents go. */
export async function recordScan(
  scope: Scope,
  input: ScanInput,
  { documents, parent, seen, reading, found }: Work,
  run: Run,
): Promise<ScanSummary> {
  const set = { machineId: input.machineId, setName: input.set.name };
  const nowMs = run.now();
  const timestampMs = await nextTimestamp(scope, set, parent, nowMs);
  const between = { after: parent, beforeMs: timestampMs };
  const parentId = (await deletedHead(scope, set, between)) ?? parent?.snapshotId ?? null;
  const skewMs = timestampMs - nowMs;
  const lines = new DocumentLines(documents);
  let outcome = new Outcome();
  let header: SnapshotHeader | undefined;
  const changes = {
    *[Symbol.iterator]() {
      outcome = new Outcome(); // the store may ask again
      yield* tidily(found.changes(reading, outcome));
    },
  };
  const seal = (entries: Iterable<Entry>) => {
    lines.restart();
    const tally = new EntryTally(newSha256);
    for (const entry of tidily(entries)) lines.add(tally.add(entry));
    header = headerOf(input, { timestampMs, skewMs, parentId, seen, outcome, tally: tally.end() });
    const headerText = jsonText(header);
    const id = snapshotId(headerText, newSha256);
    const signed = input.signer && signedBy(input.signer, snapshotStatement(id));
    return { snapshotId: id, headerText, signed };
  };
  try {
    const snapshot: NewSnapshot = {
      set,
      timestampMs,
      receivedAtMs: nowMs,
      content: { baseId: parent?.snapshotId ?? null, changes },
      signedBy: "own",
      seal,
    };
    const { row } = await recordBeside(reading, () => {
      run.signal.throwIfAborted();
      return recordSnapshot(scope, snapshot);
    });
    const documentFile = documents.fileAt(timestampMs);
    lines.publish(documentFile, documentStart(row.snapshotId, row.headerText));
    await describe(scope, set, input.set.description, nowMs);
    if (outcome.confirmedCount > 0)
      await saveStamps(scope, row.snapshotId, found.confirmed(reading));
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
      clockSkewMs: skewMs,
      missedMinFiles: missedMinFiles(input.set, row.fileCount),
    };
  } finally {
    lines.remove();
  }
}

// --- internal ---

/** Writes while the last files are still being read: a core would idle otherwise. If they take longer than thought, it is done again. */
async function recordBeside<T>(reading: Reading, record: () => Promise<T>): Promise<T> {
  await reading.nearEnd();
  try {
    return await record();
  } catch (error) {
    if (!(error instanceof StillReading)) throw error;
  }
  await reading.finish();
  return await record();
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
