// What it takes to bring one path back to what a snapshot says: judged from the two entries alone, the one then and the one now. What
// could not be seen on either side is unknown and is never touched (I6); what was never recorded is never lost.
import { entryLine, jsonText, type Entry } from "./entry.ts";

/** In the order of summaries. */
export const ROLLBACK_ACTIONS = [
  "create",
  "overwrite",
  "touch",
  "delete",
  "keep",
  "unknown",
] as const;
export type RollbackAction = (typeof ROLLBACK_ACTIONS)[number];

export const ROLLBACK_CONFLICTS = [
  "changed_since", // what stands there was never recorded: it would be gone for good
  "in_the_way", // something stands at the place, or on the way to it, that the plan does not speak of
  "case_collision", // the file system takes two of the names for one
  "unverifiable", // no SHA-256 says what the content was
] as const;
export type RollbackConflict = (typeof ROLLBACK_CONFLICTS)[number];

/** Where the content can be had. `copy`: seen by name and size, not read yet. `here`, `elsewhere`: recorded with this very checksum. */
export const SOURCE_PLACES = ["copy", "here", "elsewhere", "nowhere"] as const;
export type ContentSource =
  | { readonly place: "copy" | "here"; readonly path: string }
  | {
      readonly place: "elsewhere";
      readonly machineId: string;
      readonly setName: string;
      readonly path: string;
    }
  | { readonly place: "nowhere" };

export interface RollbackStep {
  readonly path: string;
  readonly action: RollbackAction;
  /** Why it is not done although it is planned; null where nothing is against it. */
  readonly conflict: RollbackConflict | null;
  /** Of what is unknown or in conflict: a code and a reason. */
  readonly why: string | null;
  /** As the snapshot has it; null where it has nothing. */
  readonly target: Entry | null;
  /** As it is now, or was when last recorded; null where nothing is. */
  readonly present: Entry | null;
  /** Null where no content is needed. */
  readonly source: ContentSource | null;
  /** A path of the snapshot that differs from this one only in case or in its form of Unicode. */
  readonly collidesWith: string | null;
}

export type Judgement = Pick<RollbackStep, "action" | "conflict" | "why">;

/** What is known of one path. */
export interface RollbackFacts {
  readonly target: Entry | null;
  readonly present: Entry | null;
  /** Whether the content that stands there now was ever recorded. */
  readonly isRecorded: boolean;
  /** Why the snapshot could not see the path; asked where it has nothing there. */
  readonly whyUnseenThen: string | undefined;
  /** Why nothing can be seen of the path now; asked where nothing is. */
  readonly whyUnseenNow: string | undefined;
}

export function judgeRollback(facts: RollbackFacts): Judgement {
  const { target, present, isRecorded, whyUnseenThen, whyUnseenNow } = facts;
  const why =
    target?.error ??
    present?.error ??
    (target === null ? whyUnseenThen : undefined) ??
    (present === null ? whyUnseenNow : undefined);
  if (why !== undefined) return unknown(why);
  if (target === null) return destructive("delete", isRecorded);
  if (target.type === "file" && target.checksum === null) return unknown(NO_CHECKSUM);
  if (present === null) return { action: "create", ...obstacleOf(target) };
  switch (hasContentOf(present, target)) {
    case "unknown":
      return unknown(OTHER_HASH);
    case true:
      return { action: present.mtimeUs === target.mtimeUs ? "keep" : "touch", ...FREE };
    case false:
      return isRecorded && !isVerifiable(target)
        ? { action: "overwrite", ...obstacleOf(target) }
        : destructive("overwrite", isRecorded);
  }
}

/** Whether the step needs content that must be had from somewhere. */
export function needsContent({ action, target }: Pick<RollbackStep, "action" | "target">): boolean {
  const isWritten = action === "create" || action === "overwrite";
  return isWritten && target!.type === "file" && target!.sizeBytes !== 0;
}

/** Whether it needs content, or would if one could look there: whoever holds that content must keep it. */
export const mayNeedContent = (step: Pick<RollbackStep, "action" | "target">): boolean =>
  needsContent(step) ||
  (step.action === "unknown" && step.target?.type === "file" && step.target.checksum !== null);

/** How many bytes a step is about. */
export function rollbackBytes({ target, present }: RollbackStep): number {
  const entry = target ?? present;
  return entry?.type === "file" ? (entry.sizeBytes ?? 0) : 0;
}

/** One line of JSON: what `rollback --json` prints and the route answers. */
export function rollbackLine(step: RollbackStep): string {
  const { action, conflict, path, why, target, present, source, collidesWith } = step;
  const more =
    (conflict === null ? "" : `,"conflict":"${conflict}"`) +
    (why === null ? "" : `,"why":${jsonText(why)}`) +
    (collidesWith === null ? "" : `,"collides_with":${jsonText(collidesWith)}`) +
    (source === null ? "" : `,"source":${jsonText(sourceFacts(source))}`);
  const sides = `"target":${lineOrNull(target)},"present":${lineOrNull(present)}`;
  return `{"action":"${action}","path":${jsonText(path)}${more},${sides}}`;
}

/** What a plan comes to. */
export class RollbackTally {
  readonly counts = zeros(ROLLBACK_ACTIONS);
  readonly bytes = zeros(ROLLBACK_ACTIONS);
  readonly conflicts = zeros(ROLLBACK_CONFLICTS);
  readonly sources = zeros(SOURCE_PLACES);
  readonly sourceBytes = zeros(SOURCE_PLACES);
  collisionCount = 0;

  add(step: RollbackStep): void {
    this.counts[step.action]++;
    this.bytes[step.action] += rollbackBytes(step);
    if (step.conflict !== null) this.conflicts[step.conflict]++;
    if (step.collidesWith !== null) this.collisionCount++;
    if (step.source === null) return;
    this.sources[step.source.place]++;
    this.sourceBytes[step.source.place] += rollbackBytes(step);
  }

  get conflictCount(): number {
    return ROLLBACK_CONFLICTS.reduce((sum, kind) => sum + this.conflicts[kind], 0);
  }
}

/** Of a plan against a snapshot: only what differs was looked at, so that how much stays is not known. */
export const uncountedKeep = (
  counts: Readonly<Record<RollbackAction, number>>,
): Readonly<Record<RollbackAction, number | null>> => ({ ...counts, keep: null });

// --- internal ---

const FREE = { conflict: null, why: null } as const;
const NO_CHECKSUM = "NO_CHECKSUM: the snapshot does not say what the content was";
const OTHER_HASH = "OTHER_HASH: the checksums are of different kinds";
const NOT_SHA256 = "OTHER_HASH: the checksum is no SHA-256, so that no copy can be proved";
const NEVER_RECORDED = "UNRECORDED: what stands there is in no snapshot";

const unknown = (why: string): Judgement => ({ action: "unknown", conflict: null, why });

function destructive(action: "delete" | "overwrite", isRecorded: boolean): Judgement {
  if (isRecorded) return { action, ...FREE };
  return { action, conflict: "changed_since", why: NEVER_RECORDED };
}

function obstacleOf(target: Entry): Pick<Judgement, "conflict" | "why"> {
  return isVerifiable(target) ? FREE : { conflict: "unverifiable", why: NOT_SHA256 };
}

const isVerifiable = ({ type, checksum }: Entry): boolean =>
  type !== "file" || checksum?.length === 64;

/** By checksum, never by time; a size that differs is enough to say no. */
function hasContentOf(present: Entry, target: Entry): boolean | "unknown" {
  if (present.type !== target.type) return false;
  if (present.type !== "file") return present.target === target.target;
  if (present.sizeBytes !== target.sizeBytes) return false;
  if (present.checksum?.length !== target.checksum?.length) return "unknown";
  return present.checksum === target.checksum;
}

function sourceFacts(source: ContentSource): object {
  if (source.place !== "elsewhere") return source;
  const { place, machineId, setName, path } = source;
  return { place, machine_id: machineId, backupset_name: setName, path };
}

const lineOrNull = (entry: Entry | null): string => (entry === null ? "null" : entryLine(entry));

const zeros = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
