// verify: a snapshot held against the bytes of its source or of a copy, read now. What was found is told as it is found, and recorded
// with its coverage; what could not be read is never taken for missing, and never for good.
import type { SnapshotHeader } from "#core/document.ts";
import { BsvError } from "#core/errors.ts";
import type { Finding, ObservedTrouble } from "#core/proof/finding.ts";
import { likelyLayouts, nameOfPath, pathOfName, type Layout } from "#core/proof/layout.ts";
import { pathOfKey, type EntryKey } from "#core/order.ts";
import { ContentSet } from "#core/proof/content-set.ts";
import type { Run } from "#core/run.ts";
import { isSampled } from "#core/proof/sample.ts";
import { Unseen } from "#core/unseen.ts";
import type { Verification, VerifyMethod } from "#core/proof/verification.ts";
import { VerifyTally } from "#core/proof/verify-tally.ts";
import type { Copy } from "#copies/copy.ts";
import { whyUnseen } from "#db/comparison/before-disk.ts";
import { carryPages } from "#db/carry.ts";
import { Observations } from "#db/proof/observations.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { countStanding } from "#db/standing.ts";
import { listVerifications, recordVerification } from "#db/proof/verifications.ts";
import { makePrivateDir } from "#disk/home.ts";
import { hashPool } from "#disk/hash-pool.ts";
import { tidily } from "#disk/tidily.ts";
import { withWorkFolder } from "#disk/work-folder.ts";
import { Reading } from "#scan/reading.ts";
import { compareCopy, type Recorded } from "./compare.ts";
import { lastGoodFinder } from "./last-good.ts";
import { observe, type Observation } from "./observe.ts";
import { lateDigests } from "./late-digests.ts";
import { TimeLimit } from "./time-limit.ts";

export interface VerifyInput {
  readonly row: SnapshotRow;
  readonly copy: Copy;
  /** The copy's name in records; null for the source. */
  readonly name: string | null;
  /** Whether the backupset file knows it, or it is the source. */
  readonly isDeclared: boolean;
  /** Undefined: guessed. */
  readonly layout: Layout | undefined;
  /** Share of the files to read, 0 to 1; undefined for all. */
  readonly sample: number | undefined;
  readonly maxBytes: number | undefined;
  readonly maxMs: number | undefined;
  readonly ignoreMtime: boolean;
  /** Names that differ only in Unicode composition are one. */
  readonly isComposed: boolean;
  readonly dataDir: string;
  readonly threads: number;
}

export interface Verified {
  readonly verification: Verification;
  readonly layout: Layout;
  /** Names of the copy outside the layout: not looked at. */
  readonly outsideCount: number;
  /** Not, if it may be no copy at all but a slip of the pen. */
  readonly isRecorded: boolean;
}

export async function verify(
  scope: Scope,
  input: VerifyInput,
  tell: (finding: Finding) => Promise<void>,
  run: Run,
): Promise<Verified> {
  const pool = hashPool(input.threads);
  const stop = () => pool.cancel(run.signal.reason);
  run.signal.addEventListener("abort", stop);
  const spool = `${input.dataDir}/spool`;
  makePrivateDir(spool);
  try {
    return await withWorkFolder(spool, (folder) => verifyIn(folder, scope, input, tell, run));
  } finally {
    run.signal.removeEventListener("abort", stop);
    pool.cancel(new BsvError("interrupted", "The verification has ended"));
  }
}

// --- internal ---

async function verifyIn(
  folder: string,
  scope: Scope,
  input: VerifyInput,
  tell: (finding: Finding) => Promise<void>,
  run: Run,
): Promise<Verified> {
  const { row, copy } = input;
  const startedAtMs = run.now();
  const started = performance.now();
  const reading = new Reading(
    hashPool(input.threads),
    () => {},
    (trouble) => run.monitor.trouble(trouble),
  );
  const limit = new TimeLimit(input.maxMs);
  limit.signal.addEventListener("abort", () => hashPool(input.threads).cancel(limit.cut));
  const observations = new Observations(
    `${folder}/observations.db`,
    lateDigests(reading, limit.cut.trouble),
  );
  const tally = new VerifyTally();
  const [proven, disproven] = [new ContentSet(), new ContentSet()];
  try {
    const observation = await observe(
      {
        copy,
        reading,
        observations,
        expected: { files: row.fileCount, bytes: row.totalSizeBytes },
        layoutFor: (names) => layoutFor(scope, input, names),
        leaveUnread: unreadRule(input),
        limit,
      },
      run,
    );
    await compareCopy(
      {
        recorded: recordedPages(scope, row),
        observations,
        rules: {
          ignoreMtime: input.ignoreMtime,
          clockStepUs: copy.clockStepUs ?? 1,
          keepsSymlinks: copy.keepsSymlinks,
        },
        isComposed: input.isComposed,
        isSource: copy.hasOwnPaths === true,
        whyUnseen: whyNotMet(copy, observation),
        whyUnrecorded: whyNotRecorded(scope, row),
        lastGood: await lastGoodFinder(scope, row, input.name),
        tally,
        proven,
        disproven,
        tell,
      },
      run,
    );
    for (const path of observation.unsafeNames) {
      tally.extra();
      const finding: Finding = { ...UNSAFE, path };
      tally.list(finding);
      await tell(finding);
    }
    const coverage = tally.coverage();
    const verification: Verification = {
      id: crypto.getRandomValues(new Uint8Array(16)).toHex(),
      machineId: row.machineId,
      setName: row.setName,
      snapshotId: row.snapshotId,
      copy: input.name,
      target: copy.target,
      startedAtMs,
      durationMs: performance.now() - started,
      method: methodOf(input),
      coverage,
      counts: tally.counts,
      bytesRead: observation.bytesRead,
      isComplete: coverage.filesChecked === coverage.filesTotal && observation.cut === null,
      cut: observation.cut?.why ?? null,
      listed: tally.listed(),
    };
    run.signal.throwIfAborted();
    const told = { layout: observation.layout, outsideCount: observation.outsideCount };
    if (await isNobodysCopy(scope, input, observation)) {
      return { verification, ...told, isRecorded: false };
    }
    const proofs = {
      // What was not read is not proven; what the store itself does not have is gone all the same.
      proven: copy.vouchedBy === undefined ? tidily(proven) : [],
      disproven,
      atMs: startedAtMs,
    };
    await recordVerification(scope, verification, copy.vouchedBy === "list" ? undefined : proofs);
    return { verification, ...told, isRecorded: true };
  } finally {
    limit.close();
    observations.close();
  }
}

/** A target that nobody declared, nobody ever verified, and that could not be reached: a record would make a copy of a wrong word. */
async function isNobodysCopy(
  scope: Scope,
  { isDeclared, row, name }: VerifyInput,
  { isEmpty, cut }: Observation,
): Promise<boolean> {
  const isReached =
    cut === null || (cut.kind !== "offline" && !/^(TOOL_FAILED|NO_TOOL):/.test(cut.why));
  if (isDeclared || isReached || !isEmpty) return false;
  const before = await listVerifications(scope, row, { copy: name }, { limit: 1 });
  return before.rows.length === 0;
}

function methodOf({ copy, sample }: VerifyInput): VerifyMethod {
  if (copy.vouchedBy !== undefined) return copy.vouchedBy === "list" ? "listed" : "trusted";
  return sample === undefined ? "read" : "sample";
}

const UNSAFE: Omit<Finding, "path"> = {
  kind: "extra",
  at: null,
  why: "UNSAFE_NAME: it leads out of the copy",
  expected: null,
  observed: null,
  ctime: null,
  lastGood: null,
};

async function* recordedPages(scope: Scope, row: SnapshotRow): AsyncGenerator<Recorded[]> {
  for await (const page of carryPages(scope, row.snapshotId)) {
    yield page.map(({ entry, stamp }) => ({ entry, ctimeUs: stamp?.ctimeUs ?? null }));
  }
}

function unreadRule({
  sample,
  maxBytes,
}: VerifyInput): (name: string, givenBytes: number) => ObservedTrouble | undefined {
  const seed = Math.floor(Math.random() * 2 ** 32);
  return (name, givenBytes) => {
    if (sample !== undefined && !isSampled(name, sample, seed)) return SAMPLED_OUT;
    return maxBytes !== undefined && givenBytes >= maxBytes ? OVER_BYTES : undefined;
  };
}

const SAMPLED_OUT: ObservedTrouble = { kind: "unread", why: "SAMPLE: not in the sample" };
const OVER_BYTES: ObservedTrouble = { kind: "unread", why: "MAX_BYTES: enough was read" };

/** The layout that was said, or the likely one that finds most of the first names in the snapshot. */
async function layoutFor(
  scope: Scope,
  { layout, row }: VerifyInput,
  names: readonly string[],
): Promise<Layout> {
  if (layout !== undefined) return layout;
  const { roots = [] } = JSON.parse(row.headerText) as SnapshotHeader;
  const candidates = likelyLayouts(roots.map(({ path }) => path));
  let best = { layout: candidates[0]!, hits: 0 };
  for (const candidate of candidates) {
    const paths = names.flatMap((name) => pathOfName(candidate, name) ?? []);
    const hits = await countStanding(scope, row, paths);
    if (hits > best.hits) best = { layout: candidate, hits };
  }
  return best.layout;
}

function whyNotMet(
  copy: Copy,
  { layout, cut }: Observation,
): (path: string) => ObservedTrouble | undefined {
  return (path) => {
    const name = copy.hasOwnPaths === true ? path : nameOfPath(layout, path);
    if (name === undefined) {
      const why = "OUTSIDE: by --strip, --prefix or --map it has no place in this copy";
      return { kind: "unverifiable", why };
    }
    if (cut?.kind === "unread") return cut; // nobody looked
    return copy.whyUnseen?.(name) ?? cut ?? undefined;
  };
}

/** Where the snapshot itself could not look, nothing is extra. */
function whyNotRecorded(
  scope: Scope,
  row: SnapshotRow,
): (key: EntryKey) => Promise<string | undefined> {
  const unseen = new Unseen(JSON.parse(row.headerText) as SnapshotHeader);
  return async (key) => {
    const path = pathOfKey(key.folder, key.name);
    if (!unseen.isInRoots(path)) return "NOT_IN_ROOTS: below no root of the snapshot";
    return (
      unseen.why(path) ??
      (row.errorCount === 0 ? undefined : (await whyUnseen(scope, row, [key]))[0])
    );
  };
}
