// Pages of other sites, in somebody's browser: refused, unless their origin is named. Those may ask with a key of their own; what
// the browser itself would add, a cookie, is never theirs to use.
import { BsvError } from "#core/errors.ts";
import type { Layer } from "./visit.ts";

const METHODS = "GET, POST, PUT, DELETE";
const ASKED_HEADERS =
  "Authorization, X-API-Key, Content-Type, Content-Encoding, If-None-Match, X-Agent-Id, X-Part-Sha256";
const TOLD_HEADERS = "ETag, Link, Location, Retry-After, X-Request-Id";
/** How long a browser may remember what it was allowed. */
const REMEMBERED_S = "600";

/** `allowed`: as browsers write them, `https://dash.example.org`. */
export function knownOrigins(allowed: readonly string[]): Layer {
  return async (visit, next) => {
    const { request, answerHeaders } = visit;
    if (allowed.length > 0) answerHeaders.push(["Vary", "Origin"]);
    const origin = request.headers.get("origin");
    if (origin === null || isOurOwn(request, origin)) return next();
    if (!allowed.includes(origin)) {
      throw new BsvError("forbidden", "Requests from pages of other sites are refused");
    }
    answerHeaders.push(["Access-Control-Allow-Origin", origin]);
    answerHeaders.push(["Access-Control-Expose-Headers", TOLD_HEADERS]);
    answerHeaders.push(["Cross-Origin-Resource-Policy", "cross-origin"]);
    const isPreflight =
      request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    if (!isPreflight) return next();
    answerHeaders.push(["Access-Control-Allow-Methods", METHODS]);
    answerHeaders.push(["Access-Control-Allow-Headers", ASKED_HEADERS]);
    answerHeaders.push(["Access-Control-Max-Age", REMEMBERED_S]);
    return new Response(null, { status: 204 });
  };
}

// --- internal ---

const isOurOwn = (request: Request, origin: string): boolean =>
  URL.parse(origin)?.host === request.headers.get("host");
