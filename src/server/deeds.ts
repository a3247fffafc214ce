// What the writer's thread can be asked to do, and how that is said between threads.
import { BsvError, type ErrorCode } from "#core/errors.ts";
import type { AuditEvent } from "#db/access/audit.ts";
import type { Ownership } from "#db/access/owners.ts";
import type { OwnerChange } from "#jobs/access/owner.ts";
import type { Key } from "#core/access/access-facts.ts";
import type { Session } from "#db/access/sessions.ts";
import type { User } from "#db/access/users.ts";
import type { KeyInput, MadeKey, RotationInput } from "#jobs/access/key.ts";
import type { Use } from "#jobs/access/note-uses.ts";
import type { SetUpInput } from "#jobs/access/set-up.ts";
import type { Asker, UserChange, UserInput } from "#jobs/access/user.ts";
import type { Sight } from "#db/scope.ts";
import type { Tombstone } from "#db/recording/erase.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import type { DeleteInput } from "#jobs/delete.ts";
import type { Ingested, IngestInput } from "#jobs/ingest/ingest.ts";
import type { Reserved, ReserveInput } from "#jobs/reserve.ts";
import type { AcceptInput } from "#jobs/accept.ts";
import type { TagInput } from "#jobs/tag.ts";
import type { TakeInput } from "#jobs/verify/take.ts";

export interface Deeds {
  ingest: { order: IngestInput; outcome: Ingested };
  reserve: { order: ReserveInput; outcome: Reserved };
  tag: { order: TagInput; outcome: SnapshotRow };
  accept: { order: AcceptInput; outcome: { accepted: number } };
  "take-verification": { order: TakeInput; outcome: "stored" | "exists" };
  audit: { order: { events: readonly AuditEvent[] }; outcome: undefined };
  "set-up": { order: SetUpInput; outcome: MadeKey };
  "create-user": { order: UserInput; outcome: User };
  "change-user": { order: UserChange; outcome: User };
  "create-key": { order: KeyInput; outcome: MadeKey };
  "rotate-key": { order: RotationInput; outcome: MadeKey & { old: Key } };
  "revoke-key": { order: { keyId: string; by: Asker }; outcome: Key };
  "note-uses": { order: { uses: readonly Use[] }; outcome: undefined };
  "sign-in": { order: { user: string; by: Asker }; outcome: { session: Session; secret: string } };
  "sign-out": { order: { sessionId: string; by: Asker }; outcome: undefined };
  "change-owner": { order: OwnerChange; outcome: Ownership };
  delete: { order: Omit<DeleteInput, "dataDir">; outcome: Tombstone };
}
export type DeedName = keyof Deeds;

/** The worker's first message from the server; the store's folder holds documents too. */
export interface Opening {
  readonly storeFile: string;
  readonly dataDir: string;
}

/** `sight`: as far as the one who ordered it sees. */
export type Order = {
  [N in DeedName]: { name: N; order: Deeds[N]["order"]; sight: Sight };
}[DeedName];

/** `ready` once, then one report for each order. */
export type Report =
  | { kind: "ready" }
  | { kind: "done"; outcome: Deeds[DeedName]["outcome"] }
  | { kind: "failed"; error: CarriedError };

/** An error on its way between threads: a clone would lose its class. */
export interface CarriedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;
  /** For the log. */
  readonly stack: string;
}

export function carried(error: unknown): CarriedError {
  if (error instanceof BsvError) {
    const { code, message, hint, details } = error;
    return { code, message, hint, details, stack: stackOf(error) };
  }
  return {
    code: "internal",
    message: error instanceof Error ? error.message : String(error),
    hint: undefined,
    details: {},
    stack: stackOf(error),
  };
}

export function arrived({ code, message, hint, details, stack }: CarriedError): BsvError {
  const error = new BsvError(code, message, { details, ...(hint === undefined ? {} : { hint }) });
  error.stack = stack;
  return error;
}

// --- internal ---

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
