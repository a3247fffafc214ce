// Headers on everything that leaves, problems too: nothing we answer is to be sniffed, framed, run, or kept by those between.
import type { Layer } from "./visit.ts";

const GUARDS = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
};
/** Only where we speak TLS ourselves: a proxy that does says it for its own name. */
const STRICT = { "Strict-Transport-Security": "max-age=31536000" };

export function guarded(isTls: boolean): Layer {
  const guards = Object.entries(isTls ? { ...GUARDS, ...STRICT } : GUARDS);
  return async (visit, next) => {
    const answer = await next();
    // A page of ours says itself what it may load; all else is nothing to be run.
    const csp = answer.headers.get("content-security-policy");
    for (const [name, value] of guards) answer.headers.set(name, value);
    if (csp !== null) answer.headers.set("Content-Security-Policy", csp);
    for (const [name, value] of visit.answerHeaders) {
      if (name === "Vary") answer.headers.append(name, value);
      else answer.headers.set(name, value);
    }
    if (!answer.headers.has("cache-control")) answer.headers.set("Cache-Control", "no-store");
    answer.headers.set("X-Request-Id", visit.requestId);
    return answer;
  };
}
