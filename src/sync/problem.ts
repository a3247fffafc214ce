// What a remote's refusal (RFC 9457 problem+json, or anything else that is not 2xx) means to us.
import { z } from "zod";
import { BsvError, type ErrorCode } from "#core/errors.ts";
import { readText } from "./answer.ts";
import { retryAfterMs, Transient } from "./retry.ts";

/** The codes we believe from a remote, because they say something about the request and not about our own house. */
const BELIEVED = new Set<string>([
  "invalid_request",
  "malformed",
  "invalid_document",
  "not_found",
  "ambiguous",
  "conflict",
  "agent_conflict",
  "gone",
  "base_missing",
  "too_large",
  "unsupported_media_type",
  "unauthenticated",
  "forbidden",
] satisfies ErrorCode[]);

const problemSchema = z.object({
  code: z.string(),
  title: z.string().optional(),
  detail: z.string().optional(),
  hint: z.string().optional(),
});

/** A refusal says little; more is not read. */
const PROBLEM_LIMIT_BYTES = 64 * 1024;
const SAYING_LIMIT = 300;

const INSUFFICIENT_STORAGE = 507;
/** An address, or headers, that the server or what stands before it has no room for. */
const TOO_LONG: ReadonlySet<number> = new Set([414, 431]);

/** The answer as the error to throw: Transient when a retry makes sense. */
export async function refusal(answer: Response, url: string): Promise<BsvError | Transient> {
  const problem = await readProblem(answer, url);
  const said = problem === undefined ? "" : `: ${plain(problem.detail ?? problem.title ?? "")}`;
  const { origin } = new URL(url);
  const details = { status: answer.status, url };
  const hint = problem?.hint === undefined ? {} : { hint: plain(problem.hint) };
  if (answer.status === 408 || answer.status === 429 || answer.status >= 500) {
    const code = answer.status === 429 ? "rate_limited" : "unreachable";
    const error = new BsvError(code, `The remote ${origin} answered ${answer.status}${said}`, {
      details,
      hint: "Try again later; a push goes on where it stopped",
    });
    // A full disk is not mended within seconds: the queue waits, and people hear of it now.
    if (answer.status === INSUFFICIENT_STORAGE) return error;
    return new Transient(error, retryAfterMs(answer.headers.get("retry-after"), Date.now()));
  }
  if (TOO_LONG.has(answer.status)) {
    return new BsvError("remote_refused", `The remote ${origin} takes no question that long`, {
      details: { status: answer.status },
      hint: "A path of tens of kilobytes can be asked for where the store is",
    });
  }
  if (problem === undefined) {
    return new BsvError("remote_refused", `Not a bsv server: ${url} answered ${answer.status}`, {
      details,
      hint: "Check the address of the remote, and what stands before it",
    });
  }
  const code = BELIEVED.has(problem.code) ? (problem.code as ErrorCode) : "remote_refused";
  return new BsvError(code, `The remote ${origin} refused${said}`, { details, ...hint });
}

// --- internal ---

async function readProblem(
  answer: Response,
  url: string,
): Promise<z.infer<typeof problemSchema> | undefined> {
  if (!(answer.headers.get("content-type") ?? "").startsWith("application/problem+json")) {
    await answer.body?.cancel();
    return undefined;
  }
  try {
    return problemSchema.parse(JSON.parse(await readText(answer, url, PROBLEM_LIMIT_BYTES)));
  } catch (senseless) {
    if (senseless instanceof SyntaxError || senseless instanceof z.ZodError) return undefined;
    throw senseless;
  }
}

/** A stranger's words, short and without control characters: they end on a terminal. */
function plain(text: string): string {
  return text.slice(0, SAYING_LIMIT).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
}
