// Asking again: exponential backoff with full jitter, so that a thousand laptops do not come back at the same moment
// (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter). Only what is safe to repeat is repeated:
// every request of the protocol is.
import { setTimeout as sleep } from "node:timers/promises";
import { BsvError } from "#core/errors.ts";

export interface Patience {
  readonly attempts: number;
  /** The longest possible wait after the first failure; it doubles with each. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** About half a minute on average: a server restarts within it, and a laptop without network soon says so. */
export const PATIENCE: Patience = { attempts: 8, firstWaitMs: 500, longestWaitMs: 30_000 };

/** A server that asks for a longer pause gets it from the next run: nothing is lost by stopping. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;

/** A failure that may be gone when asked again; `error` is what the user sees if it is not. */
export class Transient extends Error {
  readonly error: BsvError;
  readonly retryAfterMs: number;

  constructor(error: BsvError, retryAfterMs = 0) {
    super(error.message, { cause: error });
    this.error = error;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Runs `attempt` until it succeeds, fails for good, or patience ends. Waits with the signal. */
export async function retry<T>(
  attempt: () => Promise<T>,
  patience: Patience,
  signal: AbortSignal,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (trouble) {
      if (!(trouble instanceof Transient)) throw trouble;
      if (failures >= patience.attempts || trouble.retryAfterMs > LONGEST_RETRY_AFTER_MS) {
        throw trouble.error;
      }
      await pause(Math.max(trouble.retryAfterMs, backoffMs(failures, patience)), signal);
    }
  }
}

/** Milliseconds of a Retry-After header: seconds or an HTTP date; 0 when absent or senseless. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - nowMs);
}

/** Trouble on the way, or at the remote's own house, that patience did not outlast: a later run will do. */
export function isWorthWaiting(error: unknown): error is BsvError {
  return (
    error instanceof BsvError && (error.code === "unreachable" || error.code === "rate_limited")
  );
}

// --- internal ---

function backoffMs(failures: number, { firstWaitMs, longestWaitMs }: Patience): number {
  return Math.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (aborted) {
    signal.throwIfAborted(); // its own reason says more than the timer's AbortError
    throw aborted;
  }
}
