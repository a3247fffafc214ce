// What changed between two snapshots, of one set or of two: as pages of a list, or, as NDJSON, in one stream that ends with what it
// comes to.
import { z } from "zod";
import { changeFilter } from "#core/change-filter.ts";
import { CHANGE_KINDS, ChangeTally, fileChangeLine } from "#core/changes.ts";
import { jsonText } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import { MOST_ROOT_PAIRS, RootMap } from "#core/root-map.ts";
import { entrySchema } from "#core/entry-json.ts";
import {
  changePage,
  changePages,
  refuseMapOfNothing,
  type ChangeWish,
} from "#db/comparison/changes.ts";
import { collisionPages } from "#db/comparison/collisions.ts";
import { KEY_CURSOR_LIMIT } from "#db/search/key-cursor.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { headerJson, JSON_TYPE, NDJSON_TYPE } from "#server/answers/document-answer.ts";
import { beginLong } from "#server/answers/long-answer.ts";
import { negotiate } from "#server/answers/negotiate.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { referenceQuery, resolveIn } from "#server/reference-query.ts";
import { route } from "#server/route.ts";
import { flag, setOf, setParams } from "#server/shapes.ts";
import { refuseNoSize, sizeRange } from "#server/size-range.ts";
import { streamed } from "#server/answers/streamed.ts";

const kinds = z
  .string()
  .max(200)
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(CHANGE_KINDS)))
  .optional()
  .meta({ description: `Only these, with commas between: ${CHANGE_KINDS.join(", ")}` });

const rootMap = z
  .string()
  .max(100_000)
  .transform((text, context): RootMap => {
    try {
      const pairs = z
        .array(z.tuple([z.string(), z.string()]))
        .min(1)
        .max(MOST_ROOT_PAIRS);
      return new RootMap(pairs.parse(JSON.parse(text)));
    } catch (error) {
      const why = error instanceof BsvError ? error.message : "is no list of pairs of folders";
      context.addIssue({ code: "custom", message: why });
      return z.NEVER;
    }
  })
  .optional()
  .meta({
    description:
      'Folders of the earlier snapshot and those of the later one they are compared with, as `[["/home/me/photos","/srv/photos"]]`; nothing else is compared',
  });

const changeShape = z.object({
  kind: z.enum(CHANGE_KINDS),
  path: z.string(),
  from: z.string().optional().meta({ description: "moved, copied: where the content stood" }),
  why: z.string().optional().meta({ description: "unknown: a code and a reason" }),
  before: entrySchema.nullable(),
  after: entrySchema.nullable(),
});

export const diff = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/diff",
  about: "What changed between two snapshots, in the order of paths",
  needs: "read",
  params: setParams,
  query: z.strictObject({
    from: referenceQuery("The earlier snapshot, `latest~1` unless said otherwise"),
    to: referenceQuery("The later snapshot, `latest` unless said otherwise"),
    kind: kinds,
    path: z.string().optional().meta({ description: "Only paths that fit this pattern" }),
    ...sizeRange,
    map: rootMap,
    portability: flag.optional().meta({
      description:
        "In the stream: also names of the later snapshot that differ only in case or composition",
    }),
    limit: pageShape.limit,
    cursor: z.string().max(KEY_CURSOR_LIMIT).optional(),
  }),
  isOfStore: true,
  answers: {
    200: {
      about:
        "A page of changes, which may be short or empty and yet go on; `application/x-ndjson` for all of them, between a first line that names both snapshots and a last one that sums up",
      schema: z.array(changeShape),
      types: [JSON_TYPE, NDJSON_TYPE],
      isPage: true,
    },
  },
  async handle(call) {
    const { house, request, params, query } = call;
    const { scope } = house;
    refuseNoSize(query);
    const [from, to] = await Promise.all([
      resolveIn(scope, setOf(params), query.from, 1),
      resolveIn(scope, setOf(params), query.to, 0),
    ]);
    const isWanted = changeFilter({
      kinds: query.kind,
      path: query.path,
      minBytes: query.min_size,
      maxBytes: query.max_size,
    });
    const wish = { isWanted, map: query.map };
    if (query.cursor === undefined) await refuseMapOfNothing(scope, from, to, query.map);
    const type = negotiate(request.headers.get("accept"), [JSON_TYPE, NDJSON_TYPE], "*/*");
    if (type === NDJSON_TYPE) {
      beginLong(call);
      const headers = { "Content-Type": NDJSON_TYPE };
      return new Response(
        await streamed(lines(scope, from, to, wish, query.portability === true)),
        { headers },
      );
    }
    const page = await changePage(scope, from, to, query, wish);
    // The pages that follow are of these two, even if another becomes the latest.
    const pinned = { from: nameOf(from), to: nameOf(to) };
    return pageAnswer(request, page.rows.map(fileChangeLine), page.nextCursor, pinned);
  },
});

// --- internal ---

const nameOf = ({ machineId, setName, snapshotId }: SnapshotRow): string =>
  `${machineId}/${setName}@${snapshotId}`;

async function* lines(
  scope: Scope,
  from: SnapshotRow,
  to: SnapshotRow,
  wish: ChangeWish,
  hasCollisions: boolean,
): AsyncGenerator<string> {
  yield `{"type":"diff","from":${headerJson(from)},"to":${headerJson(to)}}\n`;
  const tally = new ChangeTally();
  for await (const changes of changePages(scope, from, to, wish)) {
    for (const change of changes) tally.add(change);
    yield changes.map((change) => `{"type":"change",${fileChangeLine(change).slice(1)}\n`).join("");
  }
  if (hasCollisions) {
    for await (const found of collisionPages(scope, to.snapshotId)) {
      yield found.map((one) => `${jsonText({ type: "portability", ...one })}\n`).join("");
    }
  }
  yield `${JSON.stringify({ type: "summary", counts: tally.counts, bytes: tally.bytes })}\n`;
}
