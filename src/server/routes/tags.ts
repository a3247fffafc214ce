// The tags of a snapshot: words beside its document, for people and for retention.
import { z } from "zod";
import { tagSchema } from "#core/tag.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { findRow } from "#server/find-row.ts";
import { route } from "#server/route.ts";
import { snapshotIdShape, snapshotParams } from "#server/shapes.ts";

const path = "/machines/{machine_id}/backupsets/{set_name}/{snapshot_id}/tags";
const tagsShape = z.object({ snapshot_id: snapshotIdShape, tags: z.array(z.string()) });

export const showTags = route({
  method: "GET",
  path,
  about: "Show the tags of a snapshot",
  needs: "read",
  params: snapshotParams,
  isOfStore: true,
  answers: { 200: { about: "Its tags, in the order of their letters", schema: tagsShape } },
  handle: async ({ house, params }) => said(await findRow(house.scope, params)),
});

const some = z.array(tagSchema).max(32).default([]);

export const changeTags = route({
  method: "POST",
  path,
  about: "Put tags on a snapshot, or take them off; what is so already stays so",
  needs: "admin",
  params: snapshotParams,
  body: z.strictObject({ add: some, remove: some }),
  answers: { 200: { about: "The tags it has now", schema: tagsShape } },
  async handle({ house, params, body }) {
    const { snapshotId } = await findRow(house.scope, params);
    return said(await house.writer.do("tag", { snapshotId, ...body }));
  },
});

// --- internal ---

const said = ({ snapshotId, tags }: SnapshotRow) =>
  jsonAnswer({ snapshot_id: snapshotId, tags: [...tags] } satisfies z.output<typeof tagsShape>);
