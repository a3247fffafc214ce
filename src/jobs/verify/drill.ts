// drill: a restore test. The user's own tool restores a sample into a scratch folder; what comes back is hashed against the snapshot and
// looked at for whether it is built as its name says. How long it took is kept: it is what a restore of all would take from.
import type { SnapshotHeader } from "#core/document.ts";
import { drillLists, fitsLine, restoredPlaces, restoreMs } from "#core/proof/drill.ts";
import type { Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import { findingFacts, noFindings, type Finding, type FindingKind } from "#core/proof/finding.ts";
import { kindOf, probe, PROBE_BYTES, type Misbuild } from "#core/proof/probe.ts";
import type { Run } from "#core/run.ts";
import { Strata, type Drawn } from "#core/proof/strata.ts";
import type { Verification } from "#core/proof/verification.ts";
import { entryPages } from "#db/entries.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { recordVerification } from "#db/proof/verifications.ts";
import { freeBytes } from "#disk/free-space.ts";
import { fileHasher, type HashFile } from "#disk/hash-file.ts";
import { factsAt } from "#disk/place.ts";
import { endsOf, fillScratch, runCommand, withScratch, type Ran } from "#disk/scratch.ts";
import { systemCode } from "#disk/trouble.ts";

export interface DrillInput {
  readonly row: SnapshotRow;
  /** The command line, for a shell. */
  readonly command: string;
  /** The copy it comes from: what comes back is proven there. Null: nobody said, and nothing is proven anywhere. */
  readonly copy: string | null;
  /** So many files, of so many bytes at most. */
  readonly sample: number;
  readonly maxBytes: number;
  /** The folder that archive members are named below. */
  readonly strip: string;
  /** Where the scratch folder is made. */
  readonly scratch: string;
}

/** A file that came back exact, and is not built as its name says: it was recorded so. */
export interface Misbuilt {
  readonly path: string;
  readonly kind: string;
  readonly problem: Misbuild;
}

export interface Drilled {
  readonly verification: Verification;
  readonly drawn: Drawn;
  readonly findings: readonly Finding[];
  readonly probed: number;
  readonly misbuilt: readonly Misbuilt[];
  readonly ran: Ran;
  readonly restoredBytes: number;
  /** Files that were not drawn because of their names. */
  readonly notDrawable: number;
  /** At this speed all of the snapshot takes so long; undefined when nothing came back. */
  readonly wholeMs: number | undefined;
}

/** Throws `usage` when there is nothing to draw, `disk_full` when the scratch folder is too small. */
export async function drill(scope: Scope, input: DrillInput, run: Run): Promise<Drilled> {
  if (factsAt(input.scratch, "follow")?.kind !== "folder") {
    throw new BsvError("usage", `There is no folder ${input.scratch} to restore into`);
  }
  const { drawn, notDrawable, strata } = await draw(scope, input, run);
  if (freeBytes(input.scratch) < drawn.sizeBytes) {
    throw new BsvError("disk_full", `${input.scratch} has no room for ${drawn.sizeBytes} bytes`, {
      hint: "Say --max-bytes, or another folder with --scratch",
    });
  }
  const startedAtMs = run.now();
  const looked = await withScratch(input.scratch, async (folder) => {
    const ran = await restore(folder, drawn.entries, input, run);
    return { ran, ...(await look(`${folder}/DIR`, drawn.entries, input, ran, run)) };
  });
  const { ran, findings, proven, disproven, restoredBytes } = looked;
  const counts = noFindings();
  for (const { kind } of findings) counts[kind]++;
  counts.intact = drawn.entries.length - findings.length;
  const bad = findings.filter(({ kind }) => kind !== "unverifiable").length;
  const verification: Verification = {
    id: crypto.randomUUID().replaceAll("-", ""),
    machineId: input.row.machineId,
    setName: input.row.setName,
    snapshotId: input.row.snapshotId,
    copy: input.copy ?? "restore", // null is the source
    target: "a restore command", // the line itself may hold secrets
    startedAtMs,
    durationMs: ran.durationMs,
    method: "drill",
    coverage: {
      filesTotal: input.row.fileCount,
      filesChecked: counts.intact + bad,
      bytesTotal: input.row.totalSizeBytes,
      bytesChecked: restoredBytes,
      filesCompared: counts.intact + counts.corrupted,
      filesBad: counts.corrupted,
      notChecked: { SAMPLE: input.row.fileCount - drawn.entries.length },
    },
    counts,
    bytesRead: restoredBytes,
    isComplete: false, // a sample never is
    cut: ran.exitCode === 0 ? null : `COMMAND_FAILED: it ended with ${ran.exitCode ?? "a signal"}`,
    listed: findings.map(findingFacts),
  };
  const proofs = { proven, disproven, atMs: startedAtMs };
  await recordVerification(scope, verification, input.copy === null ? undefined : proofs);
  const part = { files: counts.intact, bytes: restoredBytes };
  const all = { files: strata.fileCount, bytes: strata.sizeBytes };
  const wholeMs = restoreMs(ran.durationMs, part, all);
  return { verification, drawn, ...looked, notDrawable, wholeMs };
}

// --- internal ---

async function draw(scope: Scope, { row, sample, maxBytes }: DrillInput, run: Run) {
  const strata = new Strata(sample, maxBytes, below);
  let notDrawable = 0;
  for await (const page of entryPages(scope, row.snapshotId)) {
    run.signal.throwIfAborted();
    for (const entry of page) {
      if (entry.type !== "file" || entry.error !== null || entry.checksum === null) continue;
      // Another algorithm's digest cannot be compared with what is hashed here.
      if (!fitsLine(entry.path) || entry.checksum.length !== SHA256_DIGITS) notDrawable++;
      else strata.add(entry);
    }
  }
  const drawn = strata.draw();
  if (drawn.entries.length > 0) return { drawn, notDrawable, strata };
  throw new BsvError("usage", `${row.snapshotId.slice(0, 8)} has no file that could be restored`, {
    hint: "Of those that have a SHA-256, each is larger than --max-bytes",
  });
}

const SHA256_DIGITS = 64;

const below = (limit: number): number =>
  crypto.getRandomValues(new Uint32Array(1))[0]! % Math.max(1, limit);

/** Files and lists stand beside the folder that is restored into, so that no restored name can be one of them. */
async function restore(
  folder: string,
  entries: readonly Entry[],
  { command, strip }: DrillInput,
  run: Run,
): Promise<Ran> {
  const lists = drillLists(
    entries.map(({ path }) => path),
    strip,
  );
  const paths = fillScratch(folder, "DIR", lists);
  const env = Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [`BSV_DRILL_${name}`, path]),
  );
  run.monitor.note(`Restoring ${entries.length} files into ${folder}`);
  return runCommand(command, {
    cwd: paths["DIR"]!,
    env,
    stdin: lists.PATHS,
    signal: run.signal,
  });
}

async function look(
  folder: string,
  entries: readonly Entry[],
  { row, strip }: DrillInput,
  ran: Ran,
  run: Run,
) {
  const { roots = [] } = JSON.parse(row.headerText) as SnapshotHeader;
  const hash = fileHasher(() => run.signal.aborted);
  const found = {
    findings: [] as Finding[],
    proven: [] as Uint8Array[],
    disproven: [] as Uint8Array[],
    misbuilt: [] as Misbuilt[],
    probed: 0,
    restoredBytes: 0,
  };
  for (const entry of entries) {
    run.signal.throwIfAborted();
    const places = restoredPlaces(
      entry.path,
      strip,
      roots.map(({ path }) => path),
    );
    const met = await meet(folder, [...places], entry, hash);
    if (met.kind !== "intact") {
      const isUnknown = met.kind === "missing" && ran.exitCode !== 0;
      const why = isUnknown ? "COMMAND_FAILED: it may not have got so far" : met.why;
      found.findings.push(findingOf(entry, isUnknown ? "unverifiable" : met.kind, why));
      if (met.kind === "corrupted") found.disproven.push(Uint8Array.fromHex(entry.checksum!));
      continue;
    }
    found.restoredBytes += entry.sizeBytes!;
    if (entry.sizeBytes! > 0) found.proven.push(Uint8Array.fromHex(entry.checksum!));
    const kind = kindOf(entry.path);
    const ends = kind === undefined ? undefined : endsOf(folder, met.place, PROBE_BYTES);
    if (kind === undefined || ends === undefined) continue;
    found.probed++;
    const problem = probe(kind, ends.sizeBytes, ends.head, ends.tail);
    if (problem !== undefined) found.misbuilt.push({ path: entry.path, kind, problem });
  }
  return found;
}

type Met =
  | { kind: "intact"; place: string }
  | { kind: "corrupted" | "missing" | "unreadable"; why: string | null };

/** The first place with a file of the wanted content; else the worst that was met. */
async function meet(
  folder: string,
  places: readonly string[],
  entry: Entry,
  hash: HashFile,
): Promise<Met> {
  let met: Met = { kind: "missing", why: null };
  for (const place of places) {
    try {
      const hashed = await hash({ root: folder, path: place, expected: undefined });
      if (hashed.kind === "failed") {
        if (/^(ENOENT|ENOTDIR)\b/.test(hashed.error)) continue;
        met = { kind: "unreadable", why: hashed.error };
      } else if (Buffer.from(hashed.digest.subarray(0, 32)).toString("hex") === entry.checksum) {
        return { kind: "intact", place };
      } else {
        met = { kind: "corrupted", why: "RESTORED: the tool gave back another content" };
      }
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      met = { kind: "unreadable", why: systemCode(error)! };
    }
  }
  return met;
}

function findingOf(expected: Entry, kind: FindingKind, why: string | null): Finding {
  const { path } = expected;
  return { kind, path, at: null, why, expected, observed: null, ctime: null, lastGood: null };
}
