// Which versions of files a retention policy would leave recorded nowhere.
import { z } from "zod";
import { entrySchema } from "#core/entry-json.ts";
import { goneLine } from "#core/retention/gone-version.ts";
import { gonePage } from "#db/retention/gone-versions.ts";
import { fatesOf, fateVerdicts } from "#db/retention/prune-plan.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { planOrder, retentionQuery } from "#server/retention-query.ts";
import { route } from "#server/route.ts";
import { setOf, setParams, timestampShape } from "#server/shapes.ts";

export const goneVersions = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/prune/versions",
  about: "The versions of files that would be recorded nowhere any more, oldest first",
  needs: "read",
  params: setParams,
  query: z.strictObject({ ...retentionQuery, ...pageShape }),
  isOfStore: true,
  answers: {
    200: {
      about: "A page of versions, which may be short or empty and yet go on",
      schema: z.array(
        z.object({
          since: timestampShape.meta({ description: "The first snapshot that had it" }),
          content_kept: z.boolean().nullable().meta({
            description:
              "Whether the set keeps this content at another path or time; null: it had no checksum",
          }),
          entry: entrySchema,
        }),
      ),
      isPage: true,
    },
  },
  async handle({ house, request, params, query }) {
    const { limit, cursor, ...keys } = query;
    const order = await planOrder(house, setOf(params), keys);
    const fates = fatesOf(await fateVerdicts(...order));
    const { rows, nextCursor } = await gonePage(house.scope, order[1], fates, { limit, cursor });
    return pageAnswer(request, rows.map(goneLine), nextCursor);
  },
});
