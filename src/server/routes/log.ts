// The history of one path, and of all below it.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { isExactPath } from "#core/path-bytes.ts";
import { sightingLine } from "#core/sighting.ts";
import { findBackupset } from "#db/backupsets.ts";
import { searchSet } from "#db/search/search.ts";
import { pageAnswer } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { setOf, setParams } from "#server/shapes.ts";
import { aSightingPage, checksumShape, placedPage } from "#server/sighting-shape.ts";

export const log = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/log",
  about: "The versions of a file, or of all files below a folder, and which snapshots saw them",
  needs: "read",
  params: setParams,
  query: z.strictObject({
    path: z
      .string()
      .min(1)
      .refine((path) => isExactPath(path) && !path.includes("\0"), "is no path")
      .meta({ description: "Of a file or a folder, exact" }),
    checksum: checksumShape,
    ...placedPage,
  }),
  isOfStore: true,
  answers: { 200: aSightingPage },
  async handle({ house, request, params, query }) {
    const set = setOf(params);
    if ((await findBackupset(house.scope, set)) === undefined) {
      throw new BsvError("not_found", `There is no backupset ${set.machineId}/${set.setName}`);
    }
    const wanted = { under: query.path, checksum: query.checksum };
    const { rows, nextCursor } = await searchSet(house.scope, set, wanted, query);
    return pageAnswer(request, rows.map(sightingLine), nextCursor);
  },
});
