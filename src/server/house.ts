// What the routes live in: a store to read, a writer for deeds, a place for bodies, the limits and the clock.
import type { Limits } from "#core/config/limits.ts";
import type { Signer } from "#core/signature.ts";
import type { Scope, Sight } from "#db/scope.ts";
import type { TokenKeys } from "#jobs/access/token-keys.ts";
import type { AuditNotes } from "./access/audit-notes.ts";
import type { Bounds } from "./layers/bounds.ts";
import type { DeedName, Deeds } from "./deeds.ts";
import type { Gate } from "./access/gate.ts";
import type { Metrics } from "./metrics.ts";
import type { SetUp } from "./access/set-up.ts";

export interface House {
  readonly gate: Gate;
  /** Undefined where nobody signs in. */
  readonly access: Access | undefined;
  /** For reading only; all writing is the writer's. */
  readonly scope: Scope;
  readonly writer: Pen;
  /** Where bodies lie until they are judged. */
  readonly uploadsFolder: string;
  readonly limits: Limits;
  readonly bounds: Bounds;
  readonly metrics: Metrics;
  /** Undefined: this machine alone may read them. */
  readonly metricsToken: string | undefined;
  readonly startedAtMs: number;
  /** Signs receipts, where this server has a key. */
  readonly signer: Signer | undefined;
  readonly now: () => number;
}

/** What signing in needs beside the store. */
export interface Access {
  readonly tokens: TokenKeys;
  readonly notes: AuditNotes;
  /** While there are no users. */
  readonly setUp: SetUp | undefined;
}

/** Does deeds, one at a time, within what its holder sees. */
export interface Pen {
  readonly isReady: boolean;
  /** Deeds that wait for their turn. */
  readonly waiting: number;
  do<N extends DeedName>(
    name: N,
    order: Deeds[N]["order"],
    sight?: Sight,
  ): Promise<Deeds[N]["outcome"]>;
}

/** A connection on which nothing moves is closed: seconds. Bodies and long deeds say otherwise for as long as they last. */
export const IDLE_S = 30;
