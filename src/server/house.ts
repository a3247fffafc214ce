// What the routes live in: a store to read, a writer for deeds, a place for bodies, the limits and the clock.
import type { Scope, Sight } from "#db/scope.ts";
import type { DeedName, Deeds } from "./deeds.ts";
import type { Gate } from "./gate.ts";

export interface House {
  readonly gate: Gate;
  /** For reading only; all writing is the writer's. */
  readonly scope: Scope;
  readonly writer: Pen;
  /** Where bodies lie until they are judged. */
  readonly uploadsFolder: string;
  readonly limits: Limits;
  readonly now: () => number;
}

/** Does deeds, one at a time, within what its holder sees. */
export interface Pen {
  readonly isReady: boolean;
  do<N extends DeedName>(
    name: N,
    order: Deeds[N]["order"],
    sight?: Sight,
  ): Promise<Deeds[N]["outcome"]>;
}

export interface Limits {
  /** Of a body as it is sent, all parts together. */
  readonly bodyBytes: number;
  /** Of a document when it is decompressed. */
  readonly documentBytes: number;
  /** Of one part of a resumable upload. */
  readonly partBytes: number;
  /** How long a body may take to arrive, whatever its pace. */
  readonly bodyDeadlineMs: number;
}

/** A hundred million entries fit, and a link of 1 Mbit/s has time for what it is worth to send in one piece. */
export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 8 * 1024 ** 3,
  documentBytes: 32 * 1024 ** 3,
  partBytes: 64 * 1024 ** 2,
  bodyDeadlineMs: 60 * 60_000,
};

/** A connection on which nothing moves is closed: seconds. Bodies and long deeds say otherwise for as long as they last. */
export const IDLE_S = 30;
