// Verdicts: whether each snapshot is plausible, and why not. A doubt is inherited: what comes after a suspicious snapshot is suspicious
// too, until somebody accepts it or what it did is undone, so that no list of encrypted files ever becomes the last good one by waiting.
import { and, asc, desc, eq, gt, inArray, isNull, lt, lte, ne, sql } from "drizzle-orm";
import { RULES_VERSION, WINDOW, type Anomaly, type Past } from "#core/proof/anomalies.ts";
import type { Measures } from "#core/proof/measures.ts";
import type { Verdict } from "#core/proof/verdict.ts";
import { atomic } from "#db/atomic.ts";
import { appendAudit, type AuditEvent } from "#db/access/audit.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId, seen } from "#db/owned.ts";
import { paged, placeOf, type Page, type Paged } from "#db/page.ts";
import { snapshots, tombstones, verdicts } from "#db/schema.ts";
import type { Scope } from "#db/scope.ts";
import { firstSnapshot, SNAPSHOT_COLUMNS, snapshotOf, type SnapshotRow } from "#db/snapshots.ts";

/** The snapshot before it in time. */
export function snapshotBefore(scope: Scope, row: SnapshotRow): SnapshotRow | undefined {
  const setId = findSetId(scope, row);
  if (setId === undefined) return undefined;
  const isEarlier = and(eq(snapshots.setId, setId), lt(snapshots.timestampMs, row.timestampMs));
  return firstSnapshot(scope, isEarlier, desc(snapshots.timestampMs));
}

/** Snapshots of a set that these rules have not judged yet, among the last ones up to a time; oldest first. */
export function unjudged(
  scope: Scope,
  set: SetName,
  { untilMs = Number.MAX_SAFE_INTEGER, among = -1 }: { untilMs?: number; among?: number } = {},
): SnapshotRow[] {
  const setId = findSetId(scope, set);
  if (setId === undefined) return [];
  const { orm } = scope.store;
  // First which: nearly all are judged already, and a header may be megabytes.
  const meant = orm
    .select({ seq: snapshots.seq, rulesVersion: verdicts.rulesVersion })
    .from(snapshots)
    .leftJoin(verdicts, eq(verdicts.seq, snapshots.seq))
    .where(and(eq(snapshots.setId, setId), lte(snapshots.timestampMs, untilMs)))
    .orderBy(desc(snapshots.timestampMs))
    .limit(among)
    .all();
  return meant
    .filter(({ rulesVersion }) => rulesVersion !== RULES_VERSION)
    .flatMap(({ seq }) =>
      orm.select(SNAPSHOT_COLUMNS).from(snapshots).where(eq(snapshots.seq, seq)).all(),
    )
    .map(snapshotOf)
    .toReversed();
}

/** What is known of the steps before a snapshot, in order of time: of the last ones, or of all after a time. */
export function pastOf(scope: Scope, row: SnapshotRow, afterMs?: number): Past[] {
  const setId = findSetId(scope, row);
  if (setId === undefined) return [];
  return scope.store.orm
    .select(COLUMNS)
    .from(snapshots)
    .innerJoin(verdicts, eq(verdicts.seq, snapshots.seq))
    .where(
      and(
        eq(snapshots.setId, setId),
        lt(snapshots.timestampMs, row.timestampMs),
        afterMs === undefined ? undefined : gt(snapshots.timestampMs, afterMs),
      ),
    )
    .orderBy(desc(snapshots.timestampMs))
    .limit(afterMs === undefined ? WINDOW : -1)
    .all()
    .map(verdictOf)
    .flatMap(({ timestampMs, measures, reasons, accepted }) =>
      measures === null
        ? []
        : [{ atMs: timestampMs, measures, isPlausible: reasons.length === 0 || accepted !== null }],
    )
    .toReversed();
}

export function findVerdict(scope: Scope, snapshotId: string): Verdict | undefined {
  const row = scope.store.orm
    .select(COLUMNS)
    .from(snapshots)
    .innerJoin(verdicts, eq(verdicts.seq, snapshots.seq))
    .where(and(eq(snapshots.snapshotId, snapshotId), seen(scope, "snapshots.machine_id")))
    .get();
  return row && verdictOf(row);
}

/** Verdicts of a set, newest snapshot first. */
export async function listVerdicts(
  scope: Scope,
  set: SetName,
  page: Page,
  isSuspiciousOnly = false,
): Promise<Paged<Verdict>> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return { rows: [], nextCursor: null };
  const after = placeOf(page, [0])?.[0];
  const rows = scope.store.orm
    .select(COLUMNS)
    .from(snapshots)
    .innerJoin(verdicts, eq(verdicts.seq, snapshots.seq))
    .where(
      and(
        eq(snapshots.setId, setId),
        after === undefined ? undefined : lt(snapshots.timestampMs, after),
        isSuspiciousOnly ? eq(verdicts.verdict, "suspicious") : undefined,
      ),
    )
    .orderBy(desc(snapshots.timestampMs))
    .limit(page.limit + 1)
    .all()
    .map(verdictOf);
  return paged(rows, page, (row) => [row.timestampMs]);
}

/** The newest snapshot of a set before a time that is judged to be plausible. */
export function lastPlausible(
  scope: Scope,
  set: SetName,
  beforeMs = Number.MAX_SAFE_INTEGER,
): SnapshotRow | undefined {
  const setId = findSetId(scope, set);
  if (setId === undefined) return undefined;
  const isIt = and(
    eq(snapshots.setId, setId),
    lt(snapshots.timestampMs, beforeMs),
    sql`(SELECT verdict FROM verdicts WHERE verdicts.seq = snapshots.seq) = 'plausible'`,
  );
  return firstSnapshot(scope, isIt, desc(snapshots.timestampMs));
}

/** Writes what was found. One that was deleted meanwhile is left out; an acceptance stays. */
export async function saveVerdict(
  scope: Scope,
  { snapshotId }: SnapshotRow,
  found: Pick<Verdict, "reasons" | "follows" | "measures"> & { readonly judgedAtMs: number },
): Promise<void> {
  await atomic(scope, () => {
    const { orm } = scope.store;
    const at = orm
      .select({ seq: snapshots.seq, acceptedAtMs: verdicts.acceptedAtMs })
      .from(snapshots)
      .leftJoin(verdicts, eq(verdicts.seq, snapshots.seq))
      .where(and(eq(snapshots.snapshotId, snapshotId), seen(scope, "snapshots.machine_id")))
      .get();
    if (at === undefined) return;
    const isOwn = found.reasons.length > 0 && at.acceptedAtMs === null;
    const values = {
      verdict: isOwn || found.follows !== null ? "suspicious" : "plausible",
      reasons: JSON.stringify(found.reasons),
      follows: found.follows,
      measures: found.measures && JSON.stringify(found.measures),
      rulesVersion: RULES_VERSION,
      judgedAtMs: found.judgedAtMs,
    };
    orm
      .insert(verdicts)
      .values({ seq: at.seq, ...values })
      .onConflictDoUpdate({ target: verdicts.seq, set: values })
      .run();
  });
}

/**
 * From now on this connection's verdicts are its own, and gone when it closes: a dry run writes nothing, and yet must know what the deed
 * would find out. SQLite looks for a table among the temporary ones first.
 */
export function keepVerdictsAside({ store: { database } }: Scope): void {
  database.run("CREATE TEMP TABLE verdicts AS SELECT * FROM main.verdicts");
  database.run("CREATE UNIQUE INDEX temp.verdicts_by_snapshot ON verdicts (seq)");
}

/** Somebody says that all up to this snapshot is as it should be; later doubts of their own remain. Says how many were accepted. */
export async function acceptVerdicts(
  scope: Scope,
  row: SnapshotRow,
  { nowMs, why, by }: { nowMs: number; why: string; by?: Pick<AuditEvent, "actor" | "from"> },
): Promise<number> {
  return atomic(scope, (database) => {
    const { orm } = scope.store;
    const setId = findSetId(scope, row)!;
    const ofSet = orm
      .select({ seq: snapshots.seq })
      .from(snapshots)
      .where(and(eq(snapshots.setId, setId), lte(snapshots.timestampMs, row.timestampMs)));
    const isDoubtful = and(
      inArray(verdicts.seq, ofSet),
      ne(verdicts.reasons, "[]"),
      isNull(verdicts.acceptedAtMs),
    );
    const accepted = orm
      .update(verdicts)
      .set({ acceptedAtMs: nowMs, acceptedWhy: why })
      .where(isDoubtful)
      .returning({ seq: verdicts.seq })
      .all();
    passOn(scope, setId, row.timestampMs);
    if (by !== undefined && accepted.length > 0) {
      const event = { ...by, what: "verdict.accept", target: `${row.snapshotId}: ${why}` };
      appendAudit(database, { ...event, result: "ok", atMs: nowMs });
    }
    return accepted.length;
  });
}

// --- internal ---

/**
 * Who inherits which doubt, said anew after those up to a time were taken away. Who had none gets none; a later one stays, though what
 * raised it is deleted.
 */
function passOn({ store: { orm } }: Scope, setId: number, untilMs: number): void {
  const deletedLater = orm
    .select({ snapshotId: tombstones.snapshotId })
    .from(tombstones)
    .where(and(eq(tombstones.setId, setId), gt(tombstones.timestampMs, untilMs)))
    .all();
  const stays = new Set(deletedLater.map(({ snapshotId }) => snapshotId));
  const chain = orm
    .select({ seq: snapshots.seq, ...COLUMNS })
    .from(snapshots)
    .innerJoin(verdicts, eq(verdicts.seq, snapshots.seq))
    .where(eq(snapshots.setId, setId))
    .orderBy(asc(snapshots.timestampMs))
    .all();
  let doubt: string | null = null;
  for (const row of chain) {
    const { reasons, accepted, snapshotId } = verdictOf(row);
    const follows: string | null =
      row.follows === null || stays.has(row.follows) ? row.follows : doubt;
    const isOwn = reasons.length > 0 && accepted === null;
    const verdict = isOwn || follows !== null ? "suspicious" : "plausible";
    if (follows !== row.follows || verdict !== row.verdict) {
      orm.update(verdicts).set({ follows, verdict }).where(eq(verdicts.seq, row.seq)).run();
    }
    doubt = isOwn ? snapshotId : follows;
  }
}

const COLUMNS = {
  snapshotId: snapshots.snapshotId,
  timestampMs: snapshots.timestampMs,
  verdict: verdicts.verdict,
  reasons: verdicts.reasons,
  follows: verdicts.follows,
  measures: verdicts.measures,
  acceptedAtMs: verdicts.acceptedAtMs,
  acceptedWhy: verdicts.acceptedWhy,
};

function verdictOf(row: {
  [Name in keyof typeof COLUMNS]: (typeof COLUMNS)[Name]["_"]["data"] | null;
}): Verdict {
  return {
    snapshotId: row.snapshotId!,
    timestampMs: row.timestampMs!,
    verdict: row.verdict as Verdict["verdict"],
    reasons: JSON.parse(row.reasons!) as Anomaly[],
    follows: row.follows,
    measures: row.measures === null ? null : (JSON.parse(row.measures) as Measures),
    accepted:
      row.acceptedAtMs === null ? null : { atMs: row.acceptedAtMs, why: row.acceptedWhy ?? "" },
  };
}
