// scan: what is on disk now becomes a snapshot in the store, and a document beside it. Files known to be unchanged are carried, the
// others read. Nothing is stored if nothing could be seen; what could not be seen makes it incomplete, never green.
import type { RootState } from "#core/document.ts";
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import type { SetName } from "#db/backupsets.ts";
import { lockSet } from "#db/lock.ts";
import type { Scope } from "#db/scope.ts";
import { newestRecorded } from "#db/snapshots.ts";
import { DocumentFolder } from "#disk/documents.ts";
import { hashPool, type HashPool } from "#disk/hash-pool.ts";
import { Spool } from "#disk/spool.ts";
import { restoreDocument } from "#jobs/documents.ts";
import { Found, type FoundLine } from "#scan/found.ts";
import { Reading } from "#scan/reading.ts";
import { RecordingSink } from "#scan/sinks.ts";
import { survey, Survey } from "#scan/survey.ts";
import type { ScanInput } from "./input.ts";
import { recordScan, type ScanSummary } from "./record.ts";
import { surveyInput } from "./survey-input.ts";

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
  const spool = new Spool<FoundLine>(`${input.dataDir}/spool/${set.machineId}/${set.setName}`);
  const found = new Found(spool, run.now());
  try {
    const sink = new RecordingSink(found, reading, onTurn);
    await survey(surveyInput(scope, input, parent), seen, sink, run);
    if (!input.allowEmpty) refuseBlindness(seen.roots, set);
    return await recordScan(scope, input, { documents, parent, seen, reading, found }, run);
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
