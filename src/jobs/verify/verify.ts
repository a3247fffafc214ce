// verify: a snapshot held against the bytes of its source or of a copy, read now. What was found is told as it is found, and recorded
// with its coverage; what could not be read is never taken for missing, and never for good.
import { BsvError } from "#core/errors.ts";
import type { Finding } from "#core/proof/finding.ts";
import type { Layout } from "#core/proof/layout.ts";
import type { Run } from "#core/run.ts";
import type { Verification, VerifyMethod } from "#core/proof/verification.ts";
import type { Copy } from "#copies/copy.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { listVerifications, recordVerification } from "#db/proof/verifications.ts";
import { makePrivateDir } from "#disk/home.ts";
import { hashPool } from "#disk/hash-pool.ts";
import { OF_VERIFICATIONS, tidily } from "#disk/tidily.ts";
import { withWorkFolder } from "#disk/work-folder.ts";
import type { Observation } from "./observe.ts";
import { readAndCompare } from "./read-and-compare.ts";

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
  const { observation, tally, proven, disproven } = await readAndCompare(
    folder,
    scope,
    input,
    tell,
    run,
  );
  for (const path of observation.unsafeNames) {
    tally.extra();
    const finding: Finding = { ...UNSAFE, path };
    tally.list(finding);
    await tell(finding);
  }
  const coverage = tally.coverage(observation.outsideCount);
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
    proven: copy.vouchedBy === undefined ? tidily(proven, OF_VERIFICATIONS) : [],
    disproven,
    atMs: startedAtMs,
  };
  await recordVerification(scope, verification, copy.vouchedBy === "list" ? undefined : proofs);
  return { verification, ...told, isRecorded: true };
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
