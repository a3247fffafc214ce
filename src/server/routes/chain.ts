// The chain of a backupset: what an agent compares with its own history and its receipts, to see that nothing was lost or changed.
import { z } from "zod";
import { receiptStatement, signedBy } from "#core/signature.ts";
import { timestampText } from "#core/timestamp.ts";
import { chainPage, type StoredLink } from "#db/proof/chain.ts";
import type { SetName } from "#db/backupsets.ts";
import { mustExist } from "#server/find-row.ts";
import type { House } from "#server/house.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import {
  setOf,
  setParams,
  signedJson,
  signedShape,
  snapshotIdShape,
  timestampShape,
} from "#server/shapes.ts";

const linkShape = z.object({
  snapshot_id: snapshotIdShape,
  timestamp: timestampShape,
  parent_id: snapshotIdShape.nullable(),
  agent_id: z.string().nullable(),
  client_id: z.string().optional(),
  seq: z.int().nullable().meta({ description: "Null for what is deleted" }),
  received_at: timestampShape.nullable(),
  signed: signedShape.optional(),
  receipt: signedShape.optional(),
  deleted_at: timestampShape.optional(),
  why: z.string().optional(),
});

export const chain = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/chain",
  about:
    "List what each snapshot that is or was follows, when it came, and by whom it is signed; oldest first",
  needs: "anyone", // as heads: an agent asks with the key it pushes with
  params: setParams,
  query: z.strictObject(pageShape),
  answers: { 200: { about: "A page of the chain", schema: z.array(linkShape), isPage: true } },
  async handle({ house, request, params, query }) {
    const set = setOf(params);
    await mustExist(house.scope, set);
    const { rows, nextCursor } = await chainPage(house.scope, set, query);
    const items = rows.map((link) => JSON.stringify(linkJson(house, set, link)));
    return pageAnswer(request, items, nextCursor);
  },
});

// --- internal ---

function linkJson({ signer }: House, set: SetName, link: StoredLink): z.output<typeof linkShape> {
  const { snapshotId, seq, receivedAtMs, clientId, signed, deleted } = link;
  const receipt =
    signer === undefined || seq === null || receivedAtMs === null
      ? undefined
      : signedBy(signer, receiptStatement({ ...set, snapshotId, seq, receivedAtMs }));
  return {
    snapshot_id: snapshotId,
    timestamp: timestampText(link.timestampMs),
    parent_id: link.parentId,
    agent_id: link.agentId,
    ...(clientId === null ? {} : { client_id: clientId }),
    seq,
    received_at: receivedAtMs === null ? null : timestampText(receivedAtMs),
    ...(signed === null ? {} : { signed: signedJson(signed) }),
    ...(receipt === undefined ? {} : { receipt: signedJson(receipt) }),
    ...(deleted === null ? {} : { deleted_at: timestampText(deleted.atMs), why: deleted.why }),
  };
}
