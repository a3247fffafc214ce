// Files with one content, within a backupset or between all of them; or, as suspects, those that should be alike and are not.
import { z } from "zod";
import { groupFacts, suspectFacts } from "#core/dupes.ts";
import { snapshotsAsOf } from "#db/as-of.ts";
import { listBackupsets, listMachines, type SetName } from "#db/backupsets.ts";
import { findDuplicates, Places } from "#db/search/dupes.ts";
import { paged, placeOf } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import { findSuspects } from "#db/search/suspects.ts";
import { mustExist } from "#server/find-row.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { flag, moment, setOf, setParams } from "#server/shapes.ts";
import { bytesShape } from "#server/size-range.ts";

/** A group may have a million files; its answer names so many. */
const MOST_PATHS = 50;

const pathShape = z.object({
  machine_id: z.string(),
  backupset_name: z.string(),
  path: z.string(),
  linked: z.boolean().optional().meta({
    description: "The same file on disk as one before it: a hard link, or in another set",
  }),
  checksum: z.string().optional().meta({ description: "Where contents differ" }),
});

const groupShape = z.object({
  checksum: z.string().optional(),
  size: z.int(),
  mtime: z.number().optional().meta({ description: "Of suspects" }),
  copies: z.int().optional().meta({ description: "On disk: hard links are one" }),
  files: z.int(),
  reclaimable: z.int().optional(),
  paths: z.array(pathShape).meta({ description: `At most ${MOST_PATHS} of them` }),
});

const query = z.strictObject({
  min_size: bytesShape.default(1),
  as_of: moment("end").meta({ description: "As it was at this time or date" }),
  suspect: flag
    .optional()
    .meta({ description: "Instead: one name, size and mtime, but different contents" }),
  ...pageShape,
});

const answers = {
  200: {
    about: "A page of groups, most to reclaim first",
    schema: z.array(groupShape),
    isPage: true,
  },
};

export const dupesOfSet = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/dupes",
  about: "Files of a backupset with one content; of what was recorded, nothing is read",
  needs: "read",
  params: setParams,
  query,
  isOfStore: true,
  answers,
  async handle({ house, request, params, query }) {
    const set = setOf(params);
    await mustExist(house.scope, set);
    return groupsAnswer(house.scope, request, [set], query);
  },
});

export const dupes = route({
  method: "GET",
  path: "/dupes",
  about: "Files with one content, between all backupsets of all machines",
  needs: "read",
  query,
  isOfStore: true,
  answers,
  handle: async ({ house, request, query }) =>
    groupsAnswer(house.scope, request, await everySet(house.scope), query),
});

// --- internal ---

async function groupsAnswer(
  scope: Scope,
  request: Request,
  sets: readonly SetName[],
  { min_size: minBytes, as_of, suspect, limit, cursor }: z.output<typeof query>,
): Promise<Response> {
  const page = { limit, cursor };
  const [start = 0] = placeOf(page, [0]) ?? [];
  const snapshots = await snapshotsAsOf(scope, sets, as_of);
  const wish = { isAcross: true, minBytes };
  const groups =
    suspect === true
      ? await findSuspects(scope, snapshots, wish)
      : (await findDuplicates(scope, snapshots, wish)).groups;
  const rest = groups
    .slice(start, start + limit + 1)
    .map((group, nr) => ({ group, at: start + nr + 1 }));
  const { rows, nextCursor } = paged(rest, page, ({ at }) => [at]);
  const places = new Places(scope);
  const items: string[] = [];
  for (const { group } of rows) {
    const told =
      "checksum" in group
        ? groupFacts(group, await places.of(group.versionIds, MOST_PATHS))
        : suspectFacts(group, MOST_PATHS);
    items.push(JSON.stringify(told));
  }
  return pageAnswer(request, items, nextCursor);
}

async function everySet(scope: Scope): Promise<SetName[]> {
  const sets: SetName[] = [];
  for (let cursor: string | undefined, isMore = true; isMore;) {
    const machines = await listMachines(scope, { limit: 1000, cursor });
    for (const { machineId } of machines.rows) {
      for (let at: string | undefined, hasSets = true; hasSets;) {
        const page = await listBackupsets(scope, machineId, { limit: 1000, cursor: at });
        sets.push(...page.rows);
        at = page.nextCursor ?? undefined;
        hasSets = at !== undefined;
      }
    }
    cursor = machines.nextCursor ?? undefined;
    isMore = cursor !== undefined;
  }
  return sets;
}
