// scrub: the source is read again a part at a time, what was read longest ago first, so that every file is proven once in a cycle. Where it
// stopped is kept with the files themselves, as the time of their last reading: killed at any moment, the next run goes on there.
import type { Backupset } from "#core/config/config.ts";
import type { Finding } from "#core/proof/finding.ts";
import type { Run } from "#core/run.ts";
import { DAY_MS, dueAtMs, outlook, shareOf, type Outlook } from "#core/proof/scrub-cycle.ts";
import type { Verification } from "#core/proof/verification.ts";
import { carryPages } from "#db/carry.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import {
  knownCopies,
  listVerifications,
  provenAtMs,
  recordVerification,
} from "#db/proof/verifications.ts";
import { ScrubReading, type ScrubFile } from "./scrub-reading.ts";

export interface ScrubInput {
  /** The newest snapshot of a set of this machine. */
  readonly row: SnapshotRow;
  readonly definition: Backupset | undefined;
  readonly dataDir: string;
  readonly cycleMs: number;
  readonly maxBytes: number | undefined;
  readonly maxMs: number | undefined;
  /** Instead: so many files, drawn blindly. */
  readonly sample: number | undefined;
}

export interface Scrubbed {
  readonly verification: Verification;
  /** When the file that now waits longest was read; null when it never was. */
  readonly oldestAtMs: number | null;
  readonly bytesPerDay: number;
  readonly outlook: Outlook;
  /** Changed or gone since the snapshot: the next scan's business. */
  readonly changed: number;
}

/** Throws `no_usable_root` for a snapshot without roots of its own. Tells what is not as recorded. */
export async function scrub(
  scope: Scope,
  input: ScrubInput,
  tell: (finding: Finding) => Promise<void>,
  run: Run,
): Promise<Scrubbed> {
  const { row, cycleMs } = input;
  const startedAtMs = run.now();
  const started = performance.now();
  const before = await scrubsBefore(scope, row, startedAtMs - cycleMs);
  const files = await filesOf(scope, row, before.firstAtMs, run);
  files.sort((a, b) => dueAtMs(a, cycleMs) - dueAtMs(b, cycleMs));
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const sinceMs = before.lastAtMs === undefined ? DAY_MS : startedAtMs - before.lastAtMs;
  const share = shareOf(due(files, cycleMs), sinceMs, cycleMs, startedAtMs);
  const chosen = input.sample === undefined ? files : drawn(files, input.sample);
  const reading = await ScrubReading.open(scope, input, tell, run);
  let why: string | undefined;
  try {
    for (const file of chosen) {
      run.signal.throwIfAborted();
      const isDue = dueAtMs(file, cycleMs) <= startedAtMs;
      if (input.sample === undefined && !isDue && reading.bytesRead >= share) why = "NOT_DUE";
      if (input.maxBytes !== undefined && reading.bytesRead >= input.maxBytes) why = "MAX_BYTES";
      // A file that was begun is read to its end: else one that takes longer would stop every run.
      if (input.maxMs !== undefined && performance.now() - started >= input.maxMs) why = "MAX_TIME";
      if (why !== undefined) break;
      await reading.read(file);
    }
  } finally {
    await reading.save(); // also of a run that was interrupted
  }
  const verification = reading.verification(
    { startedAtMs, durationMs: performance.now() - started },
    input.sample === undefined ? (why ?? "NOT_DUE") : "SAMPLE",
    { files: files.length, bytes: totalBytes },
  );
  await recordVerification(scope, verification, { ...reading.proofs(), atMs: startedAtMs });
  // Each run stands for the time until the next one, taken to be as long as the last; and no pace is told from less than a day.
  const sinceFirstMs = startedAtMs - (before.firstInCycleAtMs ?? startedAtMs);
  const spanMs = Math.max(DAY_MS, sinceFirstMs + Math.min(sinceMs, cycleMs));
  const bytesPerDay = ((before.bytesRead + reading.bytesRead) / spanMs) * DAY_MS;
  files.sort((a, b) => dueAtMs(a, cycleMs) - dueAtMs(b, cycleMs));
  const oldest = files.reduce((least, { readAtMs }) => Math.min(least, readAtMs), Infinity);
  return {
    verification,
    oldestAtMs: oldest === 0 || oldest === Infinity ? null : oldest,
    bytesPerDay,
    outlook: outlook(due(files, cycleMs), bytesPerDay, run.now()),
    changed: reading.changed,
  };
}

// --- internal ---

function* due(files: readonly ScrubFile[], cycleMs: number) {
  for (const file of files) yield { sizeBytes: file.sizeBytes, dueAtMs: dueAtMs(file, cycleMs) };
}

/** What scrubs did before: since when there are any, and within the cycle. */
async function scrubsBefore(scope: Scope, row: SnapshotRow, sinceMs: number) {
  const found = {
    firstAtMs: undefined as number | undefined,
    lastAtMs: undefined as number | undefined,
    firstInCycleAtMs: undefined as number | undefined,
    bytesRead: 0,
  };
  let cursor: string | undefined;
  do {
    const page = await listVerifications(scope, row, { copy: null }, { limit: 1000, cursor });
    for (const { method, startedAtMs, bytesRead } of page.rows) {
      if (method !== "scrub") continue;
      found.lastAtMs ??= startedAtMs;
      found.firstAtMs = startedAtMs;
      if (startedAtMs < sinceMs) continue;
      found.firstInCycleAtMs = startedAtMs;
      found.bytesRead += bytesRead;
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** The files of the snapshot that have a SHA-256, and when each was last read. */
async function filesOf(
  scope: Scope,
  row: SnapshotRow,
  firstScrubAtMs: number | undefined,
  run: Run,
): Promise<ScrubFile[]> {
  const source = (await knownCopies(scope, row)).find(({ copy }) => copy === null);
  const files: ScrubFile[] = [];
  for await (const page of carryPages(scope, row.snapshotId)) {
    run.signal.throwIfAborted();
    for (const { entry, stamp } of page) {
      const { type, checksum, path, sizeBytes } = entry;
      if (type !== "file" || checksum?.length !== SHA256_DIGITS) continue;
      const readAtMs = stamp?.readAtMs ?? 0;
      const isAfter = firstScrubAtMs !== undefined && readAtMs > firstScrubAtMs;
      const isNew =
        isAfter && (source === undefined || provenAtMs(scope, source, checksum) === undefined);
      files.push({ path, sizeBytes: sizeBytes!, readAtMs, isNew });
    }
  }
  return files;
}

const SHA256_DIGITS = 64;

/** So many of them, each as likely as any other. */
function drawn(files: readonly ScrubFile[], count: number): ScrubFile[] {
  const list = [...files];
  const random = new Uint32Array(1);
  const wanted = Math.min(count, list.length);
  for (let nr = 0; nr < wanted; nr++) {
    const rest = list.length - nr;
    const other = nr + Math.floor((crypto.getRandomValues(random)[0]! / 2 ** 32) * rest);
    [list[nr], list[other]] = [list[other]!, list[nr]!];
  }
  return list.slice(0, wanted);
}
