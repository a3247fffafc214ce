// The one error of the house: a run that can't go on throws a BsvError. Every code has its place:
// its exit code in cli/exit.ts and its HTTP status in server/answers/problem.ts; the compiler asks for both.

/** What went wrong, as a stable word that scripts and clients may switch on. */
export type ErrorCode =
  | "usage" // a wrong command line
  | "config_invalid" // a backupset file that cannot be used
  | "invalid_request" // a malformed HTTP request: query, header, body framing
  | "malformed" // a document that cannot even be read: not JSON, not UTF-8, doubled keys, nested too deep
  | "invalid_document" // a snapshot document that contradicts itself or the format
  | "not_found" // no such machine, set, snapshot or path
  | "ambiguous" // a reference that fits more than one snapshot
  | "conflict" // the same (set, timestamp) with other content, or a name taken
  | "agent_conflict" // a second installation writes under one machine's name
  | "gone" // a snapshot that was deleted, and must not come back
  | "base_missing" // a difference was sent to a snapshot the receiver does not hold
  | "too_large" // a body, line or document over its limit
  | "too_slow" // a body that did not arrive before its deadline
  | "unsupported_media_type"
  | "unauthenticated"
  | "forbidden"
  | "rate_limited"
  | "locked" // another bsv scans this set, or migrates the store
  | "store_busy" // another writer held the store for too long
  | "store_corrupt" // the store's own bytes are damaged
  | "store_newer" // written by a newer bsv; never "fixed" by an older one
  | "disk_full"
  | "over_quota" // an owner's share of the store is used up
  | "no_usable_root" // nothing of the set could be read, so nothing was stored
  | "unreachable" // server or network; a retry makes sense
  | "remote_refused" // the server answered with an error that a retry does not mend
  | "interrupted" // Ctrl-C or SIGTERM
  | "internal"; // a bug, or a failure nobody foresaw

interface BsvErrorOptions {
  /** What the user can do about it, as one sentence. */
  hint?: string;
  /** Machine-readable facts: path, line, id … Never secrets. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** A failure with a code, a message for people (capital, no final period, names the path or id), and a hint. */
export class BsvError extends Error {
  override readonly name = "BsvError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: BsvErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** A bug if it fails: crashes loudly, is never caught as an item's trouble. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BsvError("internal", `Assertion failed: ${message}`);
}
