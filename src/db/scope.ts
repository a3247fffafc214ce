// Whose data may be touched: a store, seen by one principal. Every face function of this room takes it first, so that
// the owner check has one place.
import type { Store } from "./store/store.ts";

export interface Scope {
  readonly store: Store;
  /** The user whose machines are seen; null sees everything. */
  readonly owner: number | null;
}

/** The local command line's scope: whoever can read the file may see all of it. */
export const everything = (store: Store): Scope => ({ store, owner: null });
