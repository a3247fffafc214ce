// One request of the protocol and its whole answer, asked again while a retry makes sense. A failure is always a BsvError.
import { BsvError } from "#core/errors.ts";
import { refusal } from "./problem.ts";
import { addressAt, type Remote } from "./remote.ts";
import { retry, Transient } from "./retry.ts";
import { knownBy } from "./tls.ts";

export interface Call<T> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** For one attempt, answer included. */
  readonly deadlineMs?: number;
  /** How long nothing at all may come or go; without it, as long as the deadline. */
  readonly idleMs?: number;
  /** Reads the whole answer; an answer that breaks off is asked for again. */
  read(answer: Response, url: string): Promise<T>;
}

/** Long enough for a busy server to look something up. */
const DEADLINE_MS = 60_000;
/** The slowest link we wait for: 16 KiB/s, a bad mobile one. */
const SLOWEST_BYTES_PER_MS = 16;

export function call<T>(remote: Remote, request: Call<T>, signal: AbortSignal): Promise<T> {
  const url = addressAt(remote, request.path, request.query);
  return retry(() => attempt(url, remote, request, signal), remote.patience, signal);
}

/** How long an attempt may take that sends or gets so many bytes. */
export function deadlineFor(sizeBytes: number, thinkingMs = DEADLINE_MS): number {
  return thinkingMs + Math.ceil(sizeBytes / SLOWEST_BYTES_PER_MS);
}

// --- internal ---

async function attempt<T>(
  url: string,
  { agentId, apiKey, authorities }: Remote,
  request: Call<T>,
  signal: AbortSignal,
): Promise<T> {
  const deadlineMs = request.deadlineMs ?? DEADLINE_MS;
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const answer = await fetch(url, {
      method: request.method,
      // Not compressed unless the caller says it can bear it: fetch would inflate a bomb before we can count.
      headers: {
        "Accept-Encoding": "identity",
        ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
        ...(agentId === undefined ? {} : { "X-Agent-Id": agentId }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
      decompress: false,
      redirect: "error",
      tls: knownBy(authorities),
      timeout: request.idleMs ?? deadlineMs,
      signal: AbortSignal.any([signal, deadline]),
    });
    if (!answer.ok) throw await refusal(answer, url);
    return await request.read(answer, url);
  } catch (trouble) {
    signal.throwIfAborted();
    throw networkTrouble(trouble, url);
  }
}

/** What fetch threw, as an error of the house. What did not come from the network passes unchanged. */
function networkTrouble(trouble: unknown, url: string): unknown {
  if (trouble instanceof BsvError || trouble instanceof Transient) return trouble;
  const { origin } = new URL(url);
  const name = (trouble as Error | undefined)?.name;
  const code = (trouble as { code?: unknown } | undefined)?.code;
  if (name === "TimeoutError") {
    return new Transient(unreachable(origin, "did not answer in time", trouble));
  }
  if (typeof code !== "string") return trouble; // a bug of ours: loud
  if (code === "UnexpectedRedirect") {
    return new BsvError("remote_refused", `The remote ${origin} redirects elsewhere`, {
      hint: "Redirects are not followed; give the final address, often https:// for http://",
      cause: trouble,
    });
  }
  if (/CERT|TLS|SSL|SIGNATURE/.test(code)) {
    return new BsvError("remote_refused", `The certificate of ${origin} is not valid: ${code}`, {
      hint: "--cacert FILE names the certificate of an authority of your own",
      cause: trouble,
    });
  }
  return new Transient(unreachable(origin, `cannot be reached: ${code}`, trouble));
}

function unreachable(origin: string, why: string, cause: unknown): BsvError {
  return new BsvError("unreachable", `The remote ${origin} ${why}`, {
    hint: "Try again later; a push goes on where it stopped",
    cause,
  });
}
