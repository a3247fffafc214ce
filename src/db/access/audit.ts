// The audit log: who did what to what, from where, and how it went. Rows are only ever added (triggers refuse the rest), and each
// one's hash covers the row before it, so that a change shows in every later row. Secrets have no column here.
import type { Database } from "bun:sqlite";
import { atomic, view } from "#db/atomic.ts";
import { paged, placeOf, type Page, type Paged } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";

export interface AuditEvent {
  /** `alice/<key id>`, `alice/session:<id>`, `host` for whoever has the store's file, `nobody`. */
  readonly actor: string;
  /** The deed: `key.create`, `sign-in`, `snapshot.delete` … */
  readonly what: string;
  readonly target?: string | null | undefined;
  /** The address it came from; null: this host. */
  readonly from?: string | null | undefined;
  /** `ok`, or why not: an error's code. */
  readonly result: string;
  readonly atMs: number;
}

export interface AuditRow extends Required<AuditEvent> {
  readonly target: string | null;
  readonly from: string | null;
  readonly seq: number;
  /** Lower-case hex. */
  readonly hash: string;
}

/** Writes events, durably: all or none. */
export async function recordAudit(scope: Scope, ...events: AuditEvent[]): Promise<void> {
  await atomic(scope, (database) => {
    for (const event of events) appendAudit(database, event);
  });
}

/** For this room: writes an event with the deed it tells of, in one transaction. Call inside `atomic`. */
export function appendAudit(database: Database, event: AuditEvent): void {
  const last = database.query<{ seq: number; hash: Uint8Array }, []>(LAST).get();
  const seq = (last?.seq ?? 0) + 1;
  const { actor, what, target = null, from = null, result, atMs } = event;
  const row = { seq, actor, what, target, from, result, atMs };
  const hash = hashOf(last?.hash.toHex() ?? START, row);
  database
    .query(
      `INSERT INTO audit (seq, at_ms, actor, what, target, came_from, result, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(seq, atMs, actor, what, target, from, result, Uint8Array.fromHex(hash));
}

/** The newest first. */
export async function listAudit(scope: Scope, page: Page): Promise<Paged<AuditRow>> {
  const [before] = placeOf(page, [0]) ?? [Number.MAX_SAFE_INTEGER];
  const rows = await view(scope, (database) =>
    isHidden(scope)
      ? []
      : database.query<StoredRow, [number, number]>(NEWEST).all(before!, page.limit + 1),
  );
  return paged(rows.map(rowOf), page, (row) => [row.seq]);
}

export interface AuditProof {
  readonly rows: number;
  /** Of the last row: who notes it elsewhere can later tell that nothing before it was changed or cut off. */
  readonly head: string;
  /** The first row that does not follow from the one before it, and why; null: all do. */
  readonly broken: { readonly seq: number; readonly why: string } | null;
}

/** Follows the chain from its start. */
export async function verifyAudit(scope: Scope): Promise<AuditProof> {
  let head = START;
  let seq = 0;
  for (let after = -Infinity; ; after = seq) {
    // In one moment: of a log that is written to meanwhile, what is new must not look as if it were missing.
    const { rows, written } = await view(scope, (database) => ({
      rows: database.query<StoredRow, [number, number]>(OLDEST).all(after, STEP),
      written: database.query<{ n: number }, []>(WRITTEN).get()?.n ?? 0,
    }));
    for (const row of rows.map(rowOf)) {
      seq++;
      const brokenOff = (at: number, why: string): AuditProof => ({
        rows: seq - 1,
        head,
        broken: { seq: at, why },
      });
      if (row.seq < seq) return brokenOff(row.seq, "was put before the first");
      if (row.seq > seq) return brokenOff(seq, "is missing");
      const expected = hashOf(head, row);
      if (row.hash !== expected) return brokenOff(seq, "was changed, or one before it");
      head = expected;
    }
    if (rows.length === STEP) continue;
    const isCut = written > seq;
    const broken = isCut ? { seq: seq + 1, why: "was written once and is missing" } : null;
    return { rows: seq, head, broken };
  }
}

// --- internal ---

/** Before the first row. */
const START = "0".repeat(64);
const STEP = 5_000;

interface StoredRow {
  seq: number;
  at_ms: number;
  actor: string;
  what: string;
  target: string | null;
  came_from: string | null;
  result: string;
  hash: Uint8Array;
}

const COLUMNS = "seq, at_ms, actor, what, target, came_from, result, hash";
const LAST = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
const NEWEST = `SELECT ${COLUMNS} FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?`;
const OLDEST = `SELECT ${COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`;
/** What SQLite remembers of numbers given, also when the last rows are gone. */
const WRITTEN = "SELECT seq AS n FROM sqlite_sequence WHERE name = 'audit'";

/** What others did is for admins. */
const isHidden = ({ owner }: Scope): boolean => owner !== null;

function hashOf(before: string, row: Omit<AuditRow, "hash">): string {
  const { seq, atMs, actor, what, target, from, result } = row;
  const text = JSON.stringify([before, seq, atMs, actor, what, target, from, result]);
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

function rowOf({ at_ms: atMs, came_from: from, hash, ...row }: StoredRow): AuditRow {
  return { ...row, atMs, from, hash: hash.toHex() };
}
