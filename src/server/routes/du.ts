// Where the bytes of a snapshot are, what grew since another, and what churns most.
import { z } from "zod";
import { usageFacts, USAGE_KINDS, USAGE_ORDERS } from "#core/usage.ts";
import { usage } from "#db/search/usage.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { pageShape } from "#server/answers/page.ts";
import { referenceQuery, resolveIn } from "#server/reference-query.ts";
import { route } from "#server/route.ts";
import { setOf, setParams } from "#server/shapes.ts";

const amount = z.object({ files: z.int(), bytes: z.int() });

export const du = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/du",
  about: "The sizes of a snapshot's files, added up; the largest groups, as many as asked for",
  needs: "read",
  params: setParams,
  query: z.strictObject({
    ref: referenceQuery("The snapshot, `latest` unless said otherwise"),
    since: referenceQuery("Another one of the set: growth and churn since then are told too"),
    by: z.enum(USAGE_KINDS).default("folder"),
    depth: z
      .string()
      .regex(/^\d{1,3}$/, "is no depth")
      .transform(Number)
      .optional()
      .meta({ description: "Folders so many levels below the roots; 1 unless said otherwise" }),
    sort: z.enum(USAGE_ORDERS).default("size"),
    limit: pageShape.limit,
  }),
  isOfStore: true,
  answers: {
    200: {
      about: "Groups",
      schema: z.array(
        z.object({
          group: z.string(),
          ...amount.shape,
          growth: amount.optional(),
          unknown: amount.optional().meta({
            description: "What only one of the two knows of, where the other could not look",
          }),
          churn: amount.optional(),
        }),
      ),
    },
  },
  async handle({ house, params, query, restFor }) {
    const { scope } = house;
    const set = setOf(params);
    const row = await resolveIn(scope, set, query.ref, 0);
    const since = query.since && (await resolveIn(scope, set, query.since, 0));
    restFor(0); // all of a large snapshot is read before the first byte of the answer
    const wish = { by: query.by, depth: query.depth ?? 1, order: query.sort, since };
    const rows = await usage(scope, row, wish);
    return jsonAnswer(
      rows.slice(0, query.limit).map((one) => usageFacts(one, since !== undefined)),
    );
  },
});
