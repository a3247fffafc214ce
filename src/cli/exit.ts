// The one table from what happened to the process' exit code (design §8). A new error code does not compile until it has
// its line here.
import type { ErrorCode } from "#core/errors.ts";

export const exitMeanings = {
  0: "done; nothing wrong found",
  1: "unexpected failure",
  2: "usage or configuration error",
  3: "done, but incomplete: something could not be read or checked",
  4: "findings: damage, differences or an objective missed",
  5: "not found: machine, set, snapshot or path",
  6: "not authenticated or not allowed",
  7: "server or network unreachable; a retry makes sense",
  8: "locked: another bsv scans this set, or the store is being migrated",
  130: "interrupted (143: terminated); nothing half-written",
} as const;

export type ExitCode = keyof typeof exitMeanings;

/** How a command ended that did not throw. */
export type Outcome = "done" | "incomplete" | "findings";

export const exitOfOutcome = { done: 0, incomplete: 3, findings: 4 } as const satisfies Record<
  Outcome,
  ExitCode
>;

export const exitOfError = {
  usage: 2,
  config_invalid: 2,
  invalid_request: 2,
  ambiguous: 2,
  malformed: 4,
  invalid_document: 4,
  too_large: 4,
  conflict: 4,
  not_found: 5,
  gone: 5,
  agent_conflict: 6,
  unauthenticated: 6,
  forbidden: 6,
  unreachable: 7,
  rate_limited: 7,
  too_slow: 7,
  locked: 8,
  store_busy: 8,
  no_usable_root: 3,
  store_corrupt: 1,
  store_newer: 1,
  disk_full: 1,
  over_quota: 1,
  base_missing: 1,
  unsupported_media_type: 1,
  remote_refused: 1,
  internal: 1,
  interrupted: 130,
} as const satisfies Record<ErrorCode, ExitCode>;

/** Whoever read our output went away: 128 + SIGPIPE, as for any Unix tool. Said to nobody, for nobody listens. */
export const EXIT_READER_GONE = 141;

/** 128 + the signal's number, as a shell would say it. */
export const exitOfSignal = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
