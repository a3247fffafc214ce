// Files in the history of all machines: by path, content, size, time; at all times, or as of one.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { nameSchema } from "#core/names.ts";
import { isExactPath } from "#core/path-bytes.ts";
import { parseReference, type Revision } from "#core/reference.ts";
import { sightingLine } from "#core/sighting.ts";
import { searchAll } from "#db/search/search-all.ts";
import { pageAnswer } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { refuseNoSize } from "#server/size-range.ts";
import { aSightingPage, placedPage, versionQuery } from "#server/sighting-shape.ts";

type AsOf = Exclude<Revision, { kind: "id" }>;

const asOf = z
  .string()
  .max(100)
  .transform((text, context): AsOf => {
    const revision = /@/.test(text) ? undefined : revisionOf(text);
    if (revision !== undefined && revision.kind !== "id") return revision;
    context.addIssue({ code: "custom", message: "is no date, and not latest or latest~N" });
    return z.NEVER;
  })
  .optional()
  .meta({ description: "Only what stood in each set's last snapshot then: a date, or `latest`" });

export const find = route({
  method: "GET",
  path: "/find",
  about: "Versions of files in all backupsets; all that is asked must fit",
  needs: "read",
  query: z.strictObject({
    machine_id: nameSchema.optional(),
    set_name: nameSchema.optional(),
    as_of: asOf,
    under: z
      .string()
      .min(1)
      .refine((path) => isExactPath(path) && !path.includes("\0"), "is no path")
      .optional()
      .meta({ description: "This path, and all below it" }),
    path: z
      .string()
      .refine((pattern) => !pattern.includes("\0"), "is no pattern of paths")
      .optional()
      .meta({ description: "Paths that fit this pattern" }),
    ...versionQuery,
    ...placedPage,
  }),
  isOfStore: true,
  answers: { 200: aSightingPage },
  async handle({ house, request, query }) {
    refuseNoSize(query);
    const where = { machineId: query.machine_id, setName: query.set_name, asOf: query.as_of };
    const wanted = {
      under: query.under,
      glob: query.path,
      checksum: query.checksum,
      minBytes: query.min_size,
      maxBytes: query.max_size,
      mtimeFromMs: query.mtime_from,
      mtimeToMs: query.mtime_to,
    };
    const { rows, nextCursor } = await searchAll(house.scope, where, wanted, query);
    return pageAnswer(request, rows.map(sightingLine), nextCursor);
  },
});

// --- internal ---

function revisionOf(text: string): Revision | undefined {
  try {
    return parseReference(text).revision;
  } catch (error) {
    if (error instanceof BsvError) return undefined; // told as the parameter's own problem
    throw error;
  }
}
