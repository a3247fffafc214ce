// Snapshots: the list of a backupset's, the latest, one of them, and those that fit a filter.
import { z } from "zod";
import { parseGlob } from "#core/glob.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { querySnapshots, type SnapshotFilter } from "#db/query.ts";
import type { Scope } from "#db/scope.ts";
import { heads, latestSnapshot, type SnapshotRow } from "#db/snapshots.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { askerOf } from "#server/access/asker.ts";
import {
  documentAnswer,
  listedJson,
  JSON_TYPE,
  NDJSON_TYPE,
} from "#server/answers/document-answer.ts";
import { findRow, missing, mustExist } from "#server/find-row.ts";
import { beginLong } from "#server/answers/long-answer.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route, type Call } from "#server/route.ts";
import {
  documentShape,
  flag,
  listedShape,
  moment,
  setOf,
  setParams,
  snapshotIdShape,
  snapshotParams,
  timestampShape,
} from "#server/shapes.ts";

const SET = "/machines/{machine_id}/backupsets/{set_name}";
const order = z.enum(["asc", "desc"]).default("asc").meta({ description: "By timestamp" });
const aPage = {
  about: "A page of snapshots without their files, with their tags",
  schema: z.array(listedShape),
  isPage: true,
};

export const listSnapshots = route({
  method: "GET",
  path: SET,
  about: "List snapshots in that backupset",
  needs: "read",
  params: setParams,
  query: z.strictObject({ ...pageShape, order }),
  isOfStore: true,
  answers: { 200: aPage },
  handle: ({ house, request, params, query }) =>
    snapshotPage(house.scope, request, setOf(params), {}, query),
});

const filterShape = {
  from: moment("start").meta({ description: "Not before this time or date" }),
  to: moment("end").meta({ description: "Not after this time or date" }),
  checksum: z
    .string()
    .regex(/^[0-9A-Fa-f]{4,128}$/, "is not 4 to 128 hex digits")
    .transform((hex) => hex.toLowerCase())
    .optional()
    .meta({ description: "Some file has this content" }),
  path: z.string().optional().meta({
    description:
      "Some entry has this path; `*` stands for anything but `/`, `**` for anything, `?` for one character, `\\` takes the next as it is",
  }),
  has_errors: flag.optional(),
  snapshot_id: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/, "is no beginning of a snapshot id")
    .optional()
    .meta({ description: "The id begins with this" }),
};

export const filterSnapshots = route({
  method: "GET",
  path: `${SET}/query`,
  about: "Filter snapshots by time, checksum, path and more; all that is asked must fit",
  needs: "read",
  params: setParams,
  query: z.strictObject({ ...filterShape, ...pageShape, order }),
  isOfStore: true,
  answers: { 200: aPage },
  handle({ house, request, params, query }) {
    const glob = query.path === undefined ? undefined : parseGlob(query.path);
    const filter: SnapshotFilter = {
      fromMs: query.from,
      toMs: query.to,
      checksum: query.checksum,
      path: glob?.isExact === true ? glob.prefix : undefined,
      pathGlob: glob?.isExact === false ? query.path : undefined,
      hasErrors: query.has_errors,
      idPrefix: query.snapshot_id,
    };
    return snapshotPage(house.scope, request, setOf(params), filter, query);
  },
});

const documentQuery = z.strictObject({
  files: flag.optional().meta({ description: "`false`: the header only, and the tags" }),
  base: snapshotIdShape
    .optional()
    .meta({ description: "With NDJSON: as the difference to this one, if it is here" }),
});
const aDocument = {
  about: "The snapshot; `application/x-ndjson` for one entry a line",
  schema: z.union([documentShape, listedShape]),
  types: [JSON_TYPE, NDJSON_TYPE],
};

export const latest = route({
  method: "GET",
  path: `${SET}/latest`,
  about: "Get latest snapshot: by timestamp, leaving out those dated a day ahead of their arrival",
  needs: "read",
  params: setParams,
  query: documentQuery,
  isOfStore: true,
  answers: { 200: aDocument, 304: { about: "Known already, by If-None-Match" } },
  async handle(call) {
    const { house, params } = call;
    const set = setOf(params);
    const row = await latestSnapshot(house.scope, set);
    if (row === undefined) throw missing(set, "no snapshot yet");
    return answerWith(call, row);
  },
});

export const specific = route({
  method: "GET",
  path: `${SET}/{snapshot_id}`,
  about: "Get specific snapshot",
  needs: "read",
  params: snapshotParams,
  query: documentQuery,
  isOfStore: true,
  answers: { 200: aDocument, 304: { about: "Known already, by If-None-Match" } },
  async handle(call) {
    return answerWith(call, await findRow(call.house.scope, call.params));
  },
});

const tombstoneShape = z.object({
  snapshot_id: snapshotIdShape,
  timestamp: timestampShape,
  deleted_at: timestampShape,
});

export const erase = route({
  method: "DELETE",
  path: `${SET}/{snapshot_id}`,
  about: "Delete a snapshot; what others list does not change, and it does not come back",
  needs: "admin",
  params: snapshotParams,
  query: z.strictObject({
    why: z.string().max(1000).optional().meta({ description: "Written on the tombstone" }),
  }),
  answers: { 200: { about: "What remains of it", schema: tombstoneShape } },
  async handle(call) {
    const { house, params, query } = call;
    const row = await findRow(house.scope, params);
    const by = askerOf(call);
    const why = query.why ?? "deleted through the server";
    const { snapshotId, timestampMs, deletedAtMs } = await house.writer.do("delete", {
      row,
      why,
      by,
    });
    return jsonAnswer({
      snapshot_id: snapshotId,
      timestamp: timestampText(timestampMs),
      deleted_at: timestampText(deletedAtMs),
    } satisfies z.output<typeof tombstoneShape>);
  },
});

const headShape = z.object({
  snapshot_id: snapshotIdShape,
  timestamp: timestampShape,
  deleted_at: timestampShape.optional(),
});

export const listHeads = route({
  method: "GET",
  path: `${SET}/heads`,
  about: "List the ids of all snapshots that are or were, oldest first: what a push compares",
  needs: "anyone",
  params: setParams,
  query: z.strictObject(pageShape),
  isOfStore: true,
  answers: { 200: { about: "A page of ids", schema: z.array(headShape), isPage: true } },
  async handle({ house, request, params, query }) {
    const set = setOf(params);
    await mustExist(house.scope, set);
    const page = await heads(house.scope, set, query);
    const items = page.rows.map(({ snapshotId, timestampMs, deletedAtMs }) =>
      JSON.stringify({
        snapshot_id: snapshotId,
        timestamp: timestampText(timestampMs),
        ...(deletedAtMs === null ? {} : { deleted_at: timestampText(deletedAtMs) }),
      } satisfies z.output<typeof headShape>),
    );
    return pageAnswer(request, items, page.nextCursor);
  },
});

// --- internal ---

function answerWith(
  call: Call<unknown, z.output<typeof documentQuery>, unknown, unknown>,
  row: SnapshotRow,
): Promise<Response> {
  const { house, request, query } = call;
  const wish = { files: query.files ?? true, base: query.base };
  return documentAnswer(house.scope, request, row, wish, () => beginLong(call));
}

async function snapshotPage(
  scope: Scope,
  request: Request,
  set: SetName,
  filter: SnapshotFilter,
  page: { limit: number; cursor?: string | undefined; order: "asc" | "desc" },
): Promise<Response> {
  await mustExist(scope, set);
  const { rows, nextCursor } = await querySnapshots(scope, set, filter, page);
  return pageAnswer(request, rows.map(listedJson), nextCursor);
}
