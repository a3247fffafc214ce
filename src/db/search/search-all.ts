// Looking for versions in all sets, machine by machine, or in those that are named; as of a date in each of them, if asked.
import type { Revision } from "#core/reference.ts";
import type { Sighting } from "#core/sighting.ts";
import { listBackupsets, listMachines, type SetName } from "#db/backupsets.ts";
import { snapshotAt } from "#db/find-snapshot.ts";
import { cursorOf, partsOfCursor } from "./key-cursor.ts";
import type { Page, Paged } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import { searchSet, type Wanted } from "./search.ts";

export interface Where {
  readonly machineId?: string | undefined;
  readonly setName?: string | undefined;
  /** In each set only what its latest snapshot had, or its last one at or before a date. */
  readonly asOf?: Exclude<Revision, { kind: "id" }> | undefined;
}

/** A page is short where little is found: the list goes on while there is a cursor. */
export async function searchAll(
  scope: Scope,
  where: Where,
  wanted: Omit<Wanted, "atMs">,
  { limit, cursor }: Page,
): Promise<Paged<Sighting>> {
  const [machineId, setName, inner] = cursor === undefined ? [] : partsOfCursor(cursor, 3);
  const start = cursor === undefined ? undefined : { machineId: machineId!, setName: setName! };
  const rows: Sighting[] = [];
  let looked = 0;
  for await (const set of setsFrom(scope, where, start)) {
    const isStart = set.machineId === machineId && set.setName === setName;
    if (rows.length === limit || looked === SETS_A_PAGE) {
      return { rows, nextCursor: cursorOf([set.machineId, set.setName, ""]) };
    }
    looked++;
    const atMs = where.asOf && (await snapshotAt(scope, set, where.asOf))?.timestampMs;
    if (where.asOf !== undefined && atMs === undefined) continue;
    const page = { limit: limit - rows.length, cursor: (isStart && inner) || undefined };
    const found = await searchSet(scope, set, { ...wanted, atMs }, page);
    rows.push(...found.rows);
    if (found.nextCursor !== null) {
      return { rows, nextCursor: cursorOf([set.machineId, set.setName, found.nextCursor]) };
    }
  }
  return { rows, nextCursor: null };
}

// --- internal ---

/** Each costs a look at an index at least. */
const SETS_A_PAGE = 50;
const LIST_PAGE = 100;

/** The sets that are asked about, in order, from one on. */
async function* setsFrom(
  scope: Scope,
  { machineId, setName }: Where,
  start: SetName | undefined,
): AsyncGenerator<SetName> {
  for await (const machine of machinesOf(scope, machineId)) {
    if (start !== undefined && machine < start.machineId) continue;
    let cursor: string | undefined;
    do {
      const page = await listBackupsets(scope, machine, { limit: LIST_PAGE, cursor });
      for (const set of page.rows) {
        if (setName !== undefined && set.setName !== setName) continue;
        const isPassed = machine === start?.machineId && set.setName < start.setName;
        if (!isPassed) yield { machineId: machine, setName: set.setName };
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
}

async function* machinesOf(scope: Scope, only: string | undefined): AsyncGenerator<string> {
  if (only !== undefined) {
    yield only;
    return;
  }
  let cursor: string | undefined;
  do {
    const page = await listMachines(scope, { limit: LIST_PAGE, cursor });
    for (const { machineId } of page.rows) yield machineId;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
