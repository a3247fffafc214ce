// A verification is one run of verify, scrub or drill over a snapshot's files in one place: when, what, how much of it was really
// checked, and what was found. No verdict goes without its coverage.
import { z } from "zod";
import { FINDING_KINDS, noFindings, UNKNOWN_KINDS, type FindingCounts } from "./finding.ts";
import { nameSchema } from "#core/names.ts";

/** `listed`: a list of checksums was believed, `trusted`: those an object store keeps itself; no byte was read. */
export const VERIFY_METHODS = ["read", "sample", "scrub", "drill", "listed", "trusted"] as const;
export type VerifyMethod = (typeof VERIFY_METHODS)[number];

/** What the verdict speaks of: N of M files, X of Y bytes, and why the rest is not in it. */
export interface Coverage {
  /** Entries of the snapshot, of any type. */
  readonly filesTotal: number;
  /** Those of which something certain is said. */
  readonly filesChecked: number;
  /** Of regular files, as recorded. */
  readonly bytesTotal: number;
  /** Those whose content was compared. */
  readonly bytesChecked: number;
  /** Files whose bytes were read and compared, and how many of them were not as recorded: what a sample speaks of. */
  readonly filesCompared: number;
  readonly filesBad: number;
  /** Names of the copy outside its layout: not looked at. Undefined: none. */
  readonly namesOutside?: number | undefined;
  /** By code (`EACCES`, `SAMPLE`, `SPARSE` …): entries that were not checked. */
  readonly notChecked: Readonly<Record<string, number>>;
}

export interface Verification {
  /** Random, 32 hex digits. */
  readonly id: string;
  readonly machineId: string;
  readonly setName: string;
  readonly snapshotId: string;
  /** A copy's name; null for the source itself. */
  readonly copy: string | null;
  /** What was read, as the user named it. */
  readonly target: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly method: VerifyMethod;
  readonly coverage: Coverage;
  readonly counts: FindingCounts;
  readonly bytesRead: number;
  /** Whether all there was to check was checked; else `cut` or `coverage.notChecked` say why not. */
  readonly isComplete: boolean;
  /** Why the copy could not be read to its end, as a code and a reason. */
  readonly cut: string | null;
  /** The first findings, as `findingFacts` says them; all are counted. */
  readonly listed: readonly Record<string, unknown>[];
}

/** So many findings are kept with a verification; all are counted. */
export const MOST_LISTED = 1000;

const count = z.int().min(0);
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

/** As it travels and as it is answered. */
export const verificationSchema = z.strictObject({
  id: hex(32),
  machine_id: nameSchema,
  backupset_name: nameSchema,
  snapshot_id: hex(64),
  copy: z.string().min(1).max(4096).nullable(),
  target: z.string().max(8192),
  started_at: z.iso.datetime({ precision: 3 }),
  duration_ms: count,
  method: z.enum(VERIFY_METHODS),
  complete: z.boolean(),
  cut: z.string().max(4096).nullable(),
  coverage: z.strictObject({
    files_total: count,
    files_checked: count,
    bytes_total: count,
    bytes_checked: count,
    files_compared: count.optional(),
    files_bad: count.optional(),
    names_outside: count.optional(),
    not_checked: z.record(z.string().max(128), count),
  }),
  counts: z.strictObject(
    Object.fromEntries(FINDING_KINDS.map((kind) => [kind, count])) as Record<
      (typeof FINDING_KINDS)[number],
      typeof count
    >,
  ),
  bytes_read: count,
  findings: z
    .array(z.looseObject({ kind: z.enum(FINDING_KINDS), path: z.string() }))
    .max(MOST_LISTED),
});

export type VerificationFacts = z.infer<typeof verificationSchema>;

export function verificationFacts(done: Verification): VerificationFacts {
  const { coverage } = done;
  return {
    id: done.id,
    machine_id: done.machineId,
    backupset_name: done.setName,
    snapshot_id: done.snapshotId,
    copy: done.copy,
    target: done.target,
    started_at: new Date(done.startedAtMs).toISOString(),
    duration_ms: Math.round(done.durationMs),
    method: done.method,
    complete: done.isComplete,
    cut: done.cut,
    coverage: {
      files_total: coverage.filesTotal,
      files_checked: coverage.filesChecked,
      bytes_total: coverage.bytesTotal,
      bytes_checked: coverage.bytesChecked,
      files_compared: coverage.filesCompared,
      files_bad: coverage.filesBad,
      ...(coverage.namesOutside === undefined ? {} : { names_outside: coverage.namesOutside }),
      not_checked: { ...coverage.notChecked },
    },
    counts: { ...done.counts },
    bytes_read: done.bytesRead,
    findings: done.listed as VerificationFacts["findings"],
  };
}

/** The inverse of `verificationFacts`. */
export function verificationOf(facts: VerificationFacts): Verification {
  const { coverage } = facts;
  return {
    id: facts.id,
    machineId: facts.machine_id,
    setName: facts.backupset_name,
    snapshotId: facts.snapshot_id,
    copy: facts.copy,
    target: facts.target,
    startedAtMs: Date.parse(facts.started_at),
    durationMs: facts.duration_ms,
    method: facts.method,
    coverage: {
      filesTotal: coverage.files_total,
      filesChecked: coverage.files_checked,
      bytesTotal: coverage.bytes_total,
      bytesChecked: coverage.bytes_checked,
      filesCompared: coverage.files_compared ?? 0,
      filesBad: coverage.files_bad ?? 0,
      ...(coverage.names_outside === undefined ? {} : { namesOutside: coverage.names_outside }),
      notChecked: coverage.not_checked,
    },
    counts: { ...noFindings(), ...facts.counts },
    bytesRead: facts.bytes_read,
    isComplete: facts.complete,
    cut: facts.cut,
    listed: facts.findings,
  };
}

/** A sample that no file was in: it says nothing of any content, and there is some. */
export function isVoidSample({ method, coverage, isComplete }: Verification): boolean {
  return method === "sample" && coverage.filesCompared === 0 && !isComplete;
}

/** A sample whose reading ended too soon: what came first was read, which is no random choice. */
export function isCutSample({ method, coverage, cut }: Verification): boolean {
  const isLimited = LIMITS.some((code) => code in coverage.notChecked);
  return method === "sample" && (cut !== null || isLimited);
}

/** Why reading may have ended by wish. */
export const LIMITS = ["MAX_BYTES", "MAX_TIME"];

/** Whether something could not be read or checked: what was left out by wish (a sample) is no such thing. */
export function isBlind({ counts, cut }: Pick<Verification, "counts" | "cut">): boolean {
  return cut !== null || UNKNOWN_KINDS.some((kind) => counts[kind as keyof FindingCounts] > 0);
}
