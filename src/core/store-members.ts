// What a store says of a snapshot it lists, beside the header. A sender's own fields of these names are in the document only.
import type { Verdict } from "./proof/verdict.ts";

export interface StoreMembers {
  readonly received_at: string;
  /** The name its foreign writer gave it. */
  readonly client_id?: string;
  /** Dated so far ahead of its arrival that it is never the latest. */
  readonly future_dated?: true;
  readonly tags: readonly string[];
  /** Null until it is judged. */
  readonly verdict: Verdict["verdict"] | null;
}

/** The header alone, as the document has it but for fields of those names. */
export function withoutStoreMembers(header: Record<string, unknown>): Record<string, unknown> {
  if (!NAMES.some((name) => name in header)) return header;
  return Object.fromEntries(Object.entries(header).filter(([name]) => !NAMES.includes(name)));
}

// --- internal ---

const NAMES: readonly string[] = [
  "received_at",
  "client_id",
  "future_dated",
  "tags",
  "verdict",
] satisfies (keyof StoreMembers)[];
