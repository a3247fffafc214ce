// scrub: the source is read again a part at a time, what was read longest ago first, so that every file is proven once in a cycle. Where it
// stopped is kept with the files themselves, as the time of their last reading: killed at any moment, the next run goes on there.
import type { Backupset } from "#core/config/config.ts";
import type { Entry } from "#core/entry.ts";
import { findingFacts, noFindings, type Finding, type FindingKind } from "#core/proof/finding.ts";
import { keyOfPath, type EntryKey } from "#core/order.ts";
import type { Run } from "#core/run.ts";
import { DAY_MS, dueAtMs, outlook, shareOf, type Outlook } from "#core/proof/scrub-cycle.ts";
import { MOST_LISTED, type Verification } from "#core/proof/verification.ts";
import { carryPages, saveStamps } from "#db/carry.ts";
import { entryAt } from "#db/entry-at.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import type { ReadStamp } from "#db/recording/version-writer.ts";
import {
  knownCopies,
  listVerifications,
  provenAtMs,
  recordVerification,
} from "#db/proof/verifications.ts";
import { fileHasher, type Hashed } from "#disk/hash-file.ts";
import { isAtOrBelow, standingTree } from "#jobs/rollback/roots.ts";
import { lastGoodFinder } from "./last-good.ts";

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
  const reading = await Reading.open(scope, input, tell, run);
  let why: string | undefined;
  try {
    for (const file of chosen) {
      run.signal.throwIfAborted();
      const isDue = dueAtMs(file, cycleMs) <= startedAtMs;
      if (input.sample === undefined && !isDue && reading.bytesRead >= share) why = "NOT_DUE";
      if (input.maxBytes !== undefined && reading.bytesRead >= input.maxBytes) why = "MAX_BYTES";
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

interface File {
  readonly path: string;
  readonly sizeBytes: number;
  readAtMs: number;
  isNew: boolean;
}

function* due(files: readonly File[], cycleMs: number) {
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
): Promise<File[]> {
  const source = (await knownCopies(scope, row)).find(({ copy }) => copy === null);
  const files: File[] = [];
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
function drawn(files: readonly File[], count: number): File[] {
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

/** So many readings are noted at once: what a kill may cost. */
const SAVE_EVERY = 500;

/** Reads files, one after another, and knows what came of it. */
class Reading {
  bytesRead = 0;
  changed = 0;
  readonly #scope: Scope;
  readonly #row: SnapshotRow;
  readonly #run: Run;
  readonly #tell: (finding: Finding) => Promise<void>;
  readonly #tree: Awaited<ReturnType<typeof standingTree>>;
  readonly #lastGood: Awaited<ReturnType<typeof lastGoodFinder>>;
  readonly #hash;
  readonly #counts = noFindings();
  readonly #notChecked: Record<string, number> = {};
  readonly #listed: Record<string, unknown>[] = [];
  readonly #proven = new Set<string>();
  readonly #disproven = new Set<string>();
  #checkedBytes = 0;
  #stamps: { key: EntryKey; stamp: ReadStamp }[] = [];

  private constructor(
    scope: Scope,
    row: SnapshotRow,
    tell: (finding: Finding) => Promise<void>,
    run: Run,
    tree: Awaited<ReturnType<typeof standingTree>>,
    lastGood: Awaited<ReturnType<typeof lastGoodFinder>>,
  ) {
    [this.#scope, this.#row, this.#tell, this.#run] = [scope, row, tell, run];
    [this.#tree, this.#lastGood] = [tree, lastGood];
    this.#hash = fileHasher(() => run.signal.aborted);
  }

  static async open(
    scope: Scope,
    { row, definition, dataDir }: ScrubInput,
    tell: (finding: Finding) => Promise<void>,
    run: Run,
  ): Promise<Reading> {
    const tree = await standingTree(scope, { target: row, definition, dataDir });
    return new Reading(scope, row, tell, run, tree, await lastGoodFinder(scope, row, null));
  }

  /** Throws when interrupted; what was read before is kept. */
  async read(file: File): Promise<void> {
    const entry = await entryAt(this.#scope, this.#row.snapshotId, file.path);
    if (entry === undefined) return;
    const place = this.#placeOf(file.path);
    if (place === undefined) return this.#unknown("offline", "ROOT_OFFLINE", entry);
    const hashed = await this.#hash({ ...place, expected: undefined });
    this.#run.signal.throwIfAborted();
    await this.#judge(file, entry, hashed);
    this.#run.monitor.progress({
      phase: "read",
      files: this.#counts.intact,
      bytes: this.bytesRead,
    });
    if (this.#stamps.length >= SAVE_EVERY) await this.save();
  }

  /** Notes what was read until now. */
  async save(): Promise<void> {
    const stamps = this.#stamps;
    this.#stamps = [];
    if (stamps.length > 0) await saveStamps(this.#scope, this.#row.snapshotId, stamps);
  }

  proofs(): { proven: Iterable<Uint8Array>; disproven: Iterable<Uint8Array> } {
    const bytes = (set: Set<string>) => [...set].map((hex) => Uint8Array.fromHex(hex));
    return { proven: bytes(this.#proven), disproven: bytes(this.#disproven) };
  }

  verification(
    when: { startedAtMs: number; durationMs: number },
    whyNotMore: string,
    all: { files: number; bytes: number },
  ): Verification {
    const counts = this.#counts;
    const compared = counts.intact + counts.touched + counts.corrupted;
    const checked = compared + counts.modified + counts.missing;
    const met = checked + counts.unreadable + counts.unstable + counts.offline;
    const rest = all.files - met;
    const others = this.#row.fileCount - all.files;
    return {
      id: crypto.getRandomValues(new Uint8Array(16)).toHex(),
      machineId: this.#row.machineId,
      setName: this.#row.setName,
      snapshotId: this.#row.snapshotId,
      copy: null,
      target: [...this.#tree.roots, ...this.#tree.lost].map(({ path }) => path).join(", "),
      ...when,
      method: "scrub",
      coverage: {
        filesTotal: this.#row.fileCount,
        filesChecked: checked,
        bytesTotal: all.bytes,
        bytesChecked: this.#checkedBytes,
        filesCompared: compared,
        filesBad: counts.corrupted,
        notChecked: {
          ...this.#notChecked,
          ...(rest > 0 ? { [whyNotMore]: rest } : {}),
          ...(others > 0 ? { NO_CONTENT: others } : {}),
        },
      },
      counts,
      bytesRead: this.bytesRead,
      isComplete: checked === this.#row.fileCount,
      cut: null,
      listed: this.#listed,
    };
  }

  // --- internal ---

  /** Where the path is read from; undefined below a root that is not there. */
  #placeOf(path: string): { root: string; path: string } | undefined {
    const root = this.#tree.roots.find((one) => isAtOrBelow(path, one.path));
    if (root === undefined) return undefined;
    const from = root.isFolder ? root.path : root.path.slice(0, root.path.lastIndexOf("/"));
    return {
      root: root.openPath,
      path: path.slice(from.endsWith("/") ? from.length : from.length + 1),
    };
  }

  async #judge(file: File, entry: Entry, hashed: Hashed): Promise<void> {
    if (hashed.kind === "failed") {
      if (/^(ENOENT|ENOTDIR)\b/.test(hashed.error)) return this.#hasChanged("missing");
      const isMoving = hashed.error.startsWith("UNSTABLE");
      const kind = isMoving ? "unstable" : "unreadable";
      return this.#unknown(kind, hashed.error.split(":")[0]!, entry, hashed.error);
    }
    const { facts } = hashed;
    this.bytesRead += facts.sizeBytes;
    const checksum = Buffer.from(hashed.digest.subarray(0, 32)).toString("hex");
    const isSameSize = facts.sizeBytes === entry.sizeBytes;
    const isSameTime = facts.mtimeUs === entry.mtimeUs;
    if (checksum === entry.checksum) {
      this.#counts[isSameTime ? "intact" : "touched"]++;
      this.#checkedBytes += facts.sizeBytes;
      this.#proven.add(checksum);
      file.readAtMs = this.#run.now();
      file.isNew = false;
      if (!isSameTime) return; // the next scan notes it, with its time
      const { ctimeUs, device } = facts;
      const stamp = { ctimeUs, device, readAtMs: file.readAtMs };
      this.#stamps.push({ key: keyOfPath(entry.path, false), stamp });
    } else if (isSameSize && isSameTime) {
      this.#counts.corrupted++;
      this.#checkedBytes += facts.sizeBytes;
      this.#disproven.add(entry.checksum!);
      await this.#find("corrupted", entry, null, await this.#lastGood(entry));
    } else {
      this.#hasChanged("modified");
    }
  }

  #hasChanged(kind: "missing" | "modified"): void {
    this.#counts[kind]++;
    this.changed++;
  }

  async #unknown(
    kind: "offline" | "unreadable" | "unstable",
    code: string,
    entry: Entry,
    why = code,
  ): Promise<void> {
    this.#counts[kind]++;
    this.#notChecked[code] = (this.#notChecked[code] ?? 0) + 1;
    if (kind !== "offline") await this.#find(kind, entry, why, null);
  }

  async #find(
    kind: FindingKind,
    expected: Entry,
    why: string | null,
    lastGood: Finding["lastGood"],
  ): Promise<void> {
    const { path } = expected;
    const finding = { kind, path, at: null, why, expected, observed: null, ctime: null, lastGood };
    if (this.#listed.length < MOST_LISTED) this.#listed.push(findingFacts(finding));
    await this.#tell(finding);
  }
}
