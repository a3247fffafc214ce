// The way back to a snapshot, as far as the server knows: against the latest one recorded, for it has no disk of the machine to look at.
import { z } from "zod";
import { entrySchema } from "#core/entry-json.ts";
import { BsvError } from "#core/errors.ts";
import {
  ROLLBACK_ACTIONS,
  ROLLBACK_CONFLICTS,
  rollbackLine,
  RollbackTally,
  SOURCE_PLACES,
  uncountedKeep,
} from "#core/rollback.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { KEY_CURSOR_LIMIT } from "#db/search/key-cursor.ts";
import { rollbackPage, rollbackPages, type RecordedRollback } from "#db/comparison/rollback.ts";
import type { Scope } from "#db/scope.ts";
import { latestSnapshot } from "#db/snapshots.ts";
import { headerJson, JSON_TYPE, NDJSON_TYPE } from "#server/answers/document-answer.ts";
import { beginLong } from "#server/answers/long-answer.ts";
import { negotiate } from "#server/answers/negotiate.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { setOf, snapshotIdShape, snapshotParams } from "#server/shapes.ts";
import { streamed } from "#server/answers/streamed.ts";

const stepShape = z.object({
  action: z.enum(ROLLBACK_ACTIONS),
  path: z.string(),
  conflict: z.enum(ROLLBACK_CONFLICTS).optional(),
  why: z.string().optional().meta({ description: "unknown, or a conflict: a code and a reason" }),
  source: z
    .object({
      place: z.enum(SOURCE_PLACES),
      path: z.string().optional(),
      machine_id: z.string().optional(),
      backupset_name: z.string().optional(),
    })
    .optional()
    .meta({ description: "Where the content was last recorded; absent where none is needed" }),
  target: entrySchema.nullable(),
  present: entrySchema.nullable(),
});

export const rollback = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/{snapshot_id}/rollback",
  about: "What would bring the machine's files back to that snapshot, in the order of paths",
  needs: "read",
  params: snapshotParams,
  query: z.strictObject({
    against: snapshotIdShape.optional().meta({
      description: "What is taken for the present state; the latest snapshot unless said",
    }),
    path: z.string().min(1).optional().meta({ description: "Only what is at or below this path" }),
    limit: pageShape.limit,
    cursor: z.string().max(KEY_CURSOR_LIMIT).optional(),
  }),
  isOfStore: true,
  answers: {
    200: {
      about:
        "A page of steps, which may be short or empty and yet go on; `application/x-ndjson` for all of them, between a first line that names both snapshots and a last one that sums up, `keep` as null: what stays is not looked at",
      schema: z.array(stepShape),
      types: [JSON_TYPE, NDJSON_TYPE],
      isPage: true,
    },
  },
  async handle(call) {
    const { house, request, params, query } = call;
    const { scope } = house;
    const set = setOf(params);
    const target = await findSnapshot(scope, params.snapshot_id, set);
    if (target === undefined) throw missing(`snapshot ${params.snapshot_id}`);
    const latest =
      query.against === undefined
        ? await latestSnapshot(scope, set)
        : await findSnapshot(scope, query.against, set);
    if (latest === undefined) throw missing(`snapshot ${query.against ?? "latest"}`);
    const wish: RecordedRollback = { target, latest, path: query.path };
    const type = negotiate(request.headers.get("accept"), [JSON_TYPE, NDJSON_TYPE], "*/*");
    if (type === NDJSON_TYPE) {
      beginLong(call);
      const headers = { "Content-Type": NDJSON_TYPE };
      return new Response(await streamed(lines(scope, wish)), { headers });
    }
    const page = await rollbackPage(scope, wish, query);
    // The pages that follow start from the same state, even if another becomes the latest.
    const pinned = { against: latest.snapshotId };
    return pageAnswer(request, page.rows.map(rollbackLine), page.nextCursor, pinned);
  },
});

// --- internal ---

async function* lines(scope: Scope, wish: RecordedRollback): AsyncGenerator<string> {
  yield `{"type":"rollback","to":${headerJson(wish.target)},"against":${headerJson(wish.latest)}}\n`;
  const tally = new RollbackTally();
  for await (const steps of rollbackPages(scope, wish)) {
    for (const step of steps) tally.add(step);
    yield steps.map((step) => `{"type":"step",${rollbackLine(step).slice(1)}\n`).join("");
  }
  const [counts, bytes] = [uncountedKeep(tally.counts), uncountedKeep(tally.bytes)];
  const { sources } = tally;
  yield `${JSON.stringify({ type: "summary", counts, bytes, sources })}\n`;
}

const missing = (what: string): BsvError =>
  new BsvError("not_found", `This backupset has no ${what}`);
