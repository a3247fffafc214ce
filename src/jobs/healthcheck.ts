// Asks a server whether it is ready: it answers, can read its store, and its writer takes orders.
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import { askHealth } from "#sync/health.ts";

export interface HealthcheckInput {
  readonly url: string;
  /** This machine's own server, as its settings say. */
  readonly isOurs: boolean;
  /** What vouches for another's, instead of the system. */
  readonly authorities: string | undefined;
  readonly timeoutMs: number;
}

/** Throws `unreachable` where it is not. */
export async function healthcheck(
  { url, isOurs, authorities, timeoutMs }: HealthcheckInput,
  run: Run,
) {
  const startedAtMs = run.now();
  const signal = AbortSignal.any([run.signal, AbortSignal.timeout(timeoutMs)]);
  const health = await askHealth(url, { isOurs, authorities, signal });
  run.signal.throwIfAborted();
  if (health.isReady) return { url, ms: run.now() - startedAtMs };
  throw new BsvError("unreachable", `${url} ${health.why}`, { details: { url } });
}
