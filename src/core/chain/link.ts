// What a chain is made of, and what can be found wrong with it: words for the judges beside this page.
import type { ReceiptFacts, Signed } from "#core/signature.ts";

/** One snapshot that is or was. */
export interface Link {
  readonly snapshotId: string;
  readonly timestampMs: number;
  /** The snapshot its writer had recorded before; null for the first, and for foreign writers'. */
  readonly parentId: string | null;
  /** The installation that wrote it; null for foreign writers', and for what is deleted. */
  readonly agentId: string | null;
  /** Its place among all that the store ever took, and when; null for what is deleted. */
  readonly seq: number | null;
  readonly receivedAtMs: number | null;
  readonly signed: Signed | null;
  readonly deleted: { readonly atMs: number; readonly why: string } | null;
}

/** `remote` where a receipt says who acknowledged. */
export interface ReceiptLike extends ReceiptFacts {
  readonly remote: string;
  readonly signed: Signed | undefined;
}

export const CHAIN_FINDINGS = [
  "changed", // its content or header is not what its id says
  "bad_signature", // its signature is not by the key it names, over it
  "wrong_key", // it is signed by a key that is not this machine's
  "unsigned", // it is not signed, though earlier ones of this machine are
  "removed", // it was here, and is neither here nor on a tombstone
  "forked", // two snapshots follow one
  "restarted", // it begins anew, though there were others before
  "backdated", // it is dated before the one it follows
  "reordered", // it was taken in before the one it follows, or acknowledged at another place
  "bad_receipt", // a receipt is not by the key it names
  "forgotten", // a remote acknowledged it, and holds it no longer
  "missing_here", // a remote holds it, and this store lost it
  "contradicted", // another snapshot stands at its time
] as const;
export type ChainFindingKind = (typeof CHAIN_FINDINGS)[number];

export interface ChainFinding {
  readonly kind: ChainFindingKind;
  readonly snapshotId: string;
  readonly timestampMs: number | null;
  /** What is wrong, as the rest of a sentence about the snapshot. */
  readonly problem: string;
}

/** Worth knowing, and no alarm. */
export interface ChainEvent {
  readonly kind:
    | "deleted"
    | "deleted_at_remote"
    | "other_installation"
    | "resent"
    | "other_remote_key"
    | "not_pushed"
    | "unsigned";
  readonly count: number;
  readonly text: string;
}

export interface ChainVerdict {
  readonly findings: ChainFinding[];
  readonly events: ChainEvent[];
}

export const isLiving = (link: Link): boolean => link.deleted === null;
