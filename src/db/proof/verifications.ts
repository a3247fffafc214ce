// Verifications as they were done, and which contents they proved where. A record says what was found then and never changes; of a
// content only the last proof is kept, for that is what "how long ago" asks.
import { and, desc, eq, isNull, lt, or, sql, type SQL } from "drizzle-orm";
import {
  MOST_LISTED,
  verificationFacts,
  verificationOf,
  type Verification,
  type VerificationFacts,
} from "#core/proof/verification.ts";
import { CONTENT_BYTES } from "#core/proof/content-set.ts";
import { BsvError } from "#core/errors.ts";
import { charged, mustFit, type Quota } from "#db/access/quota.ts";
import { atomic } from "#db/atomic.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId } from "#db/owned.ts";
import { limitBySize, paged, placeOf, type Page, type Paged } from "#db/page.ts";
import { copies, verifications } from "#db/schema.ts";
import type { Scope } from "#db/scope.ts";

/** Contents by the first 16 bytes of their checksums or more; a buffer may be used again. */
export interface Proofs {
  /** Read now and as recorded. */
  readonly proven: Iterable<Uint8Array>;
  /** Read now and not as recorded, or gone: no longer proven here, unless another name in `proven` has them. */
  readonly disproven: Iterable<Uint8Array>;
  readonly atMs: number;
}

/**
 * Stores a verification, and its proofs if it has any. `exists` if it was stored before: a retry is the same one. `quota`: what its
 * owner may have, this one included; more is `over_quota`.
 */
export async function recordVerification(
  scope: Scope,
  done: Verification,
  proofs?: Proofs,
  quota?: Quota,
): Promise<"stored" | "exists"> {
  return atomic(scope, (database) => {
    const setId = mustFindSetId(scope, done);
    const { listed, ...rest } = done;
    const facts = verificationFacts({ ...rest, listed: listed.slice(0, MOST_LISTED) });
    const added = charged(database, setId, () =>
      scope.store.orm
        .insert(verifications)
        .values({
          id: done.id,
          setId,
          snapshotId: done.snapshotId,
          copy: done.copy,
          startedAtMs: done.startedAtMs,
          method: done.method,
          record: JSON.stringify(facts),
        })
        .onConflictDoNothing()
        .returning({ nr: verifications.nr })
        .all(),
    );
    if (added.length === 0) return "exists";
    if (quota !== undefined) mustFit(database, setId, quota);
    if (proofs === undefined) return "stored";
    const copyId = copyIdOf(scope, setId, done.copy);
    const drop = database.query(DISPROVE);
    for (const content of proofs.disproven) drop.run(copyId, firstBytes(content));
    const put = database.query(PROVE);
    for (const content of proofs.proven) {
      put.run(copyId, firstBytes(content), proofs.atMs);
    }
    return "stored";
  });
}

export interface VerificationFilter {
  readonly snapshotId?: string | undefined;
  /** A copy's name; null is the source, undefined all. */
  readonly copy?: string | null | undefined;
}

/** The newest first. */
export async function listVerifications(
  scope: Scope,
  set: SetName,
  { snapshotId, copy }: VerificationFilter,
  page: Page,
): Promise<Paged<Verification>> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return { rows: [], nextCursor: null };
  const after = placeOf(page, [0, 0]) as [number, number] | undefined;
  const isWanted: (SQL | undefined)[] = [
    eq(verifications.setId, setId),
    snapshotId === undefined ? undefined : eq(verifications.snapshotId, snapshotId),
    copy === undefined ? undefined : isOfCopy(copy),
    after && isBefore(after),
  ];
  const newestFirst = [desc(verifications.startedAtMs), desc(verifications.nr)];
  const sizes = scope.store.orm
    .select({ bytes: sql<number>`octet_length(${verifications.record})` })
    .from(verifications)
    .where(and(...isWanted))
    .orderBy(...newestFirst)
    .limit(page.limit + 1)
    .all();
  const limit = limitBySize(
    sizes.map(({ bytes }) => bytes),
    page.limit,
  );
  const rows = scope.store.orm
    .select()
    .from(verifications)
    .where(and(...isWanted))
    .orderBy(...newestFirst)
    .limit(limit + 1)
    .all();
  const { rows: kept, nextCursor } = paged(rows, { ...page, limit }, (row) => [
    row.startedAtMs,
    row.nr,
  ]);
  return { rows: kept.map(({ record }) => readRecord(record)), nextCursor };
}

export interface KnownCopy {
  readonly copyId: number;
  /** Null for the source. */
  readonly copy: string | null;
}

/** The places in which contents of the set were ever proven. */
export async function knownCopies(scope: Scope, set: SetName): Promise<KnownCopy[]> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return [];
  return scope.store.orm
    .select()
    .from(copies)
    .where(eq(copies.setId, setId))
    .all()
    .map(({ copyId, name }) => ({ copyId, copy: name === "" ? null : name }));
}

/** When this content was last proven in the place; undefined if never. */
export function provenAtMs(
  scope: Scope,
  { copyId }: KnownCopy,
  checksum: string,
): number | undefined {
  if (checksum.length < 2 * CONTENT_BYTES) return undefined;
  const content = Uint8Array.fromHex(checksum.slice(0, 2 * CONTENT_BYTES));
  return scope.store.database
    .query<{ at: number }, [number, Uint8Array]>(PROVEN_AT)
    .get(copyId, content)?.at;
}

/** The statements, for the test that pins their plans. */
export const VERIFICATION_SQL = () => ({ PROVE, DISPROVE, PROVEN_AT });

// --- internal ---

// The later of two readings that ran side by side; but not one of days ahead, which a wrong clock dated.
const PROVE = `
  INSERT INTO verified_contents (copy_id, content, verified_at_ms) VALUES (?1, ?2, ?3)
  ON CONFLICT (copy_id, content) DO UPDATE SET verified_at_ms = CASE
    WHEN verified_at_ms > excluded.verified_at_ms + 86400000 THEN excluded.verified_at_ms
    ELSE max(verified_at_ms, excluded.verified_at_ms) END`;
const DISPROVE = "DELETE FROM verified_contents WHERE copy_id = ?1 AND content = ?2";
const PROVEN_AT =
  "SELECT verified_at_ms AS at FROM verified_contents WHERE copy_id = ?1 AND content = ?2";

const firstBytes = (content: Uint8Array): Uint8Array =>
  content.length === CONTENT_BYTES ? content : content.subarray(0, CONTENT_BYTES);

const isOfCopy = (copy: string | null): SQL =>
  copy === null ? isNull(verifications.copy) : eq(verifications.copy, copy);

const isBefore = ([startedAtMs, nr]: [number, number]): SQL | undefined =>
  or(
    lt(verifications.startedAtMs, startedAtMs),
    and(eq(verifications.startedAtMs, startedAtMs), lt(verifications.nr, nr)),
  );

const readRecord = (record: string): Verification =>
  verificationOf(JSON.parse(record) as VerificationFacts);

function mustFindSetId(scope: Scope, { machineId, setName }: SetName): number {
  const setId = findSetId(scope, { machineId, setName });
  if (setId !== undefined) return setId;
  throw new BsvError("not_found", `No backupset ${machineId}/${setName} in this store`);
}

function copyIdOf(scope: Scope, setId: number, copy: string | null): number {
  const name = copy ?? "";
  const { orm } = scope.store;
  orm.insert(copies).values({ setId, name }).onConflictDoNothing().run();
  const isIt = and(eq(copies.setId, setId), eq(copies.name, name));
  return orm.select({ copyId: copies.copyId }).from(copies).where(isIt).get()!.copyId;
}
