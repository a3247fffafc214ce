// How trouble leaves the server: RFC 9457 problem+json with the house's stable code. What went wrong inside stays in the log;
// the sender gets the request's id to ask for it.
import { BsvError, type ErrorCode } from "#core/errors.ts";
import { jsonAnswer } from "./answer.ts";

/** `method_not_allowed` is HTTP's own; all else are codes of the house. */
export type ProblemCode = ErrorCode | "method_not_allowed";

export const STATUS = {
  invalid_request: 400,
  malformed: 400,
  usage: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  too_slow: 408,
  conflict: 409,
  agent_conflict: 409,
  base_missing: 409,
  ambiguous: 409,
  gone: 410,
  too_large: 413,
  unsupported_media_type: 415,
  invalid_document: 422,
  rate_limited: 429,
  internal: 500,
  config_invalid: 500,
  no_usable_root: 500,
  store_corrupt: 500,
  store_newer: 500,
  remote_refused: 502,
  unreachable: 502,
  interrupted: 503,
  locked: 503,
  store_busy: 503,
  disk_full: 507,
  over_quota: 507,
} as const satisfies Record<ProblemCode, number>;

const TITLES: Record<(typeof STATUS)[ProblemCode], string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

/** When to come back, where that makes sense. */
const RETRY_AFTER_S = 5;

/** A 5xx says no more than this: messages of our own trouble name files and rows. */
const OWN_TROUBLE: Partial<Record<ErrorCode, string>> = {
  disk_full: "The server's disk is full; what it holds can still be read",
  over_quota: "The owner's share of this store is used up; what it holds can still be read",
  store_busy: "Another process is writing to the store",
  locked: "The store is being migrated",
  interrupted: "The server is stopping",
};

export function problemAnswer(error: unknown, requestId: string): Response {
  const code = error instanceof BsvError ? error.code : "internal";
  const status = STATUS[code];
  if (!(error instanceof BsvError) || status >= 500) {
    const detail = OWN_TROUBLE[code] ?? "The server failed; its log says more under this request";
    return answerOf(code, { detail, request_id: requestId });
  }
  const { message: detail, hint, details } = error;
  return answerOf(code, { ...details, detail, ...(hint === undefined ? {} : { hint }) });
}

/** The path is one of ours, the method is not. */
export function methodNotAllowed(method: string, allowed: readonly string[]): Response {
  const detail = `${method} is not possible here, only ${allowed.join(", ")}`;
  return answerOf("method_not_allowed", { detail }, { Allow: allowed.join(", ") });
}

// --- internal ---

function answerOf(
  code: ProblemCode,
  members: { retry_after_s?: unknown; [name: string]: unknown },
  headers: Record<string, string> = {},
): Response {
  const status = STATUS[code];
  const { retry_after_s: said } = members;
  const afterS = typeof said === "number" ? said : RETRY_AFTER_S;
  const retry: Record<string, string> =
    status === 503 || status === 429 ? { "Retry-After": String(afterS) } : {};
  const ask: Record<string, string> =
    status === 401 ? { "WWW-Authenticate": 'Bearer realm="bsv"' } : {};
  const body = { type: "about:blank", title: TITLES[status], status, code, ...members };
  const type = { "Content-Type": "application/problem+json" };
  return jsonAnswer(body, status, { ...type, ...retry, ...ask, ...headers });
}
