// Whose data may be touched: a store, seen by one principal. Every face function of this room takes it first, and asks
// owned.ts what of the store it may see: the owner check has one place.
import type { Store } from "./store/store.ts";

export interface Scope {
  readonly store: Store;
  /** The user whose machines are seen; null sees everything. */
  readonly owner: number | null;
  /** Patterns (`*`, `?`) one of which a machine's name must fit, too; undefined or null: none asked. */
  readonly machines?: readonly string[] | null | undefined;
  /** Whether what others share for reading is left out: for deeds. */
  readonly isOwnOnly?: boolean | undefined;
  /** Whether what is there already must not change, not even a word about it. */
  readonly isAppendOnly?: boolean | undefined;
  /** The key that asks: revoked, it neither reads on nor writes, however long ago its request began. */
  readonly keyId?: string | null | undefined;
  /** Whose a machine becomes that is reserved now, where that is not `owner`: an admin's. */
  readonly newOwner?: number | null | undefined;
}

/** A scope without its store: what one thread tells another. */
export type Sight = Omit<Scope, "store">;

/** The same for scopes that see the same. */
export const sightText = ({ owner, machines, isOwnOnly }: Sight): string =>
  JSON.stringify([owner, machines ?? null, isOwnOnly === true]);

/** The local command line's scope: whoever can read the file may see all of it. */
export const everything = (store: Store): Scope => ({ store, owner: null });
