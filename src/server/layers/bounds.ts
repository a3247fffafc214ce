// Who had how much of the house lately: what its limits are held against.
import type { Limits } from "#core/config/limits.ts";
import { AtOnce } from "./at-once.ts";
import { Attempts } from "#server/access/attempts.ts";
import { Throttle } from "./throttle.ts";

export interface Bounds {
  readonly requests: AtOnce;
  readonly uploads: AtOnce;
  readonly longAnswers: AtOnce;
  readonly addresses: Throttle;
  readonly keys: Throttle;
  readonly attempts: Attempts;
}

export function boundsOf(limits: Limits): Bounds {
  const pace = { perSecond: limits.requests, burst: limits.request_burst };
  return {
    requests: new AtOnce("requests", {
      all: limits.open_requests,
      each: limits.open_requests_each,
    }),
    uploads: new AtOnce("uploads", { all: Infinity, each: limits.uploads }),
    longAnswers: new AtOnce("documents asked for", {
      all: limits.downloads,
      each: limits.downloads_each,
    }),
    addresses: new Throttle("requests", pace),
    keys: new Throttle("requests", pace),
    attempts: new Attempts(limits.failed_logins),
  };
}
