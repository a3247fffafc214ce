// Finding the one snapshot that is meant: by its id, by the id its foreign writer gave it, or as people refer to it.
import { and, asc, desc, eq, gte, lt, lte, type SQL } from "drizzle-orm";
import { BsvError } from "#core/errors.ts";
import type { Reference, Revision } from "#core/reference.ts";
import { nearest } from "#core/suggest.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "./backupsets.ts";
import { findSetId, seen } from "./owned.ts";
import { backupsets, installations, snapshots, tombstones } from "./schema.ts";
import type { Scope } from "./scope.ts";
import {
  firstSnapshot,
  latestSnapshot,
  SNAPSHOT_COLUMNS,
  snapshotOf,
  type SnapshotRow,
} from "./snapshots.ts";

/** By snapshot id, else by client id. Throws `ambiguous` when several snapshots were given one client id. */
export async function findSnapshot(
  scope: Scope,
  id: string,
  set?: SetName,
): Promise<SnapshotRow | undefined> {
  const byId = matching(scope, and(inSet(set), eq(snapshots.snapshotId, id)));
  if (byId.length > 0) return byId[0];
  return onlyOne(matching(scope, and(inSet(set), eq(snapshots.clientId, id))), id);
}

/** When a snapshot of this set was deleted; undefined if it was not. */
export async function deletedAtMs(
  scope: Scope,
  snapshotId: string,
  set: SetName,
): Promise<number | undefined> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return undefined;
  return scope.store.orm
    .select({ atMs: tombstones.deletedAtMs })
    .from(tombstones)
    .where(and(eq(tombstones.snapshotId, snapshotId), eq(tombstones.setId, setId)))
    .get()?.atMs;
}

/** What a reference means in this store. Throws `not_found` or `ambiguous`. */
export async function resolveReference(
  scope: Scope,
  { machineId, setName, revision }: Reference,
): Promise<SnapshotRow> {
  const set = setName === undefined ? undefined : await resolveSet(scope, { machineId, setName });
  const row =
    revision.kind === "id"
      ? (onlyOne(
          matching(
            scope,
            and(
              inSet(set),
              gte(snapshots.snapshotId, revision.prefix),
              lt(snapshots.snapshotId, `${revision.prefix}g`), // after every hex digit
            ),
          ),
          revision.prefix,
        ) ?? (await findSnapshot(scope, revision.prefix, set)))
      : await snapshotAt(scope, set ?? onlySet(scope), revision);
  if (row !== undefined) return row;
  const where = set === undefined ? "in this store" : `of ${set.machineId}/${set.setName}`;
  throw new BsvError("not_found", `No snapshot ${revisionText(revision)} ${where}`, {
    hint: "See bsv snapshots for those there are",
  });
}

/** The latest of a set or one before it, or the last at or before a date. */
export async function snapshotAt(
  scope: Scope,
  set: SetName,
  revision: Exclude<Revision, { kind: "id" }>,
): Promise<SnapshotRow | undefined> {
  if (revision.kind === "latest") return latestSnapshot(scope, set, revision.back);
  const isInTime = and(inSet(set), lte(snapshots.timestampMs, revision.atMs));
  return firstSnapshot(scope, isInTime, desc(snapshots.timestampMs));
}

/** The set of a name; of several machines' sets of that name, this installation's own. Throws `not_found` or `ambiguous`. */
export async function resolveSet(
  scope: Scope,
  { machineId, setName }: { machineId: string | undefined; setName: string },
): Promise<SetName> {
  const named = eq(backupsets.setName, setName);
  const machine = machineId === undefined ? undefined : eq(backupsets.machineId, machineId);
  const own = scope.store.orm.select().from(installations).get()?.machineId;
  const sets = setsWhere(scope, and(named, machine));
  const set = sets.length === 1 ? sets[0] : sets.find((found) => found.machineId === own);
  if (set !== undefined) return set;
  const name = machineId === undefined ? setName : `${machineId}/${setName}`;
  if (sets.length > 0) throw sayWhichSet(sets, `Several machines have a backupset ${name}`);
  const near = nearest(
    setName,
    setsWhere(scope, machine).map((found) => found.setName),
  );
  throw new BsvError("not_found", `No backupset ${name} in this store`, {
    hint: near === undefined ? "See bsv sets for those there are" : `Did you mean ${near}?`,
    details: { backupset: name },
  });
}

// --- internal ---

function revisionText(revision: Revision): string {
  switch (revision.kind) {
    case "id":
      return revision.prefix;
    case "latest":
      return revision.back === 0 ? "latest" : `latest~${revision.back}`;
    case "date":
      return `at or before ${timestampText(revision.atMs)}`;
  }
}

const inSet = (set: SetName | undefined): SQL | undefined =>
  set && and(eq(snapshots.machineId, set.machineId), eq(snapshots.setName, set.setName));

/** As many as tell one from several. */
function matching(scope: Scope, where: SQL | undefined): SnapshotRow[] {
  return scope.store.orm
    .select(SNAPSHOT_COLUMNS)
    .from(snapshots)
    .where(and(where, seen(scope, "machine_id")))
    .orderBy(asc(snapshots.snapshotId))
    .limit(MANY)
    .all()
    .map(snapshotOf);
}

/** Enough to show, when there are several. */
const MANY = 5;

function onlyOne(rows: SnapshotRow[], id: string): SnapshotRow | undefined {
  if (rows.length < 2) return rows[0];
  throw new BsvError("ambiguous", `More than one snapshot is called ${id}`, {
    hint: `Say more of the id: ${rows.map((row) => row.snapshotId.slice(0, id.length + 4)).join(", ")} …`,
    details: { candidates: rows.map((row) => row.snapshotId) },
  });
}

/** The one set of a store that has no other. */
function onlySet(scope: Scope): SetName {
  const sets = setsWhere(scope, undefined);
  if (sets.length === 1) return sets[0]!;
  if (sets.length === 0) throw new BsvError("not_found", "There is no backupset in this store yet");
  throw sayWhichSet(sets, "The store has several backupsets");
}

function setsWhere(scope: Scope, where: SQL | undefined): SetName[] {
  return scope.store.orm
    .select({ machineId: backupsets.machineId, setName: backupsets.setName })
    .from(backupsets)
    .where(and(where, seen(scope, "machine_id")))
    .orderBy(asc(backupsets.machineId), asc(backupsets.setName))
    .all();
}

function sayWhichSet(sets: SetName[], message: string): BsvError {
  const names = sets.map((set) => `${set.machineId}/${set.setName}`);
  return new BsvError("ambiguous", message, {
    hint: `Say which, as in ${names[0]}@latest; there are ${names.slice(0, MANY).join(", ")}`,
    details: { candidates: names },
  });
}
