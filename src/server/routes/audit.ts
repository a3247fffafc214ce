// The audit log, for admins of the server.
import { z } from "zod";
import { auditFacts } from "#core/access/access-facts.ts";
import { listAudit, verifyAudit } from "#db/access/audit.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { timestampShape } from "#server/shapes.ts";

const eventShape = z.object({
  seq: z.int(),
  at: timestampShape,
  actor: z.string(),
  what: z.string(),
  target: z.string().nullable(),
  from: z.string().nullable(),
  result: z.string(),
  hash: z.string().meta({ description: "Covers the event before it, too" }),
});

export const showAudit = route({
  method: "GET",
  path: "/audit",
  about: "Who did what, from where, and how it went; the newest first",
  needs: "operator",
  query: z.strictObject(pageShape),
  answers: { 200: { about: "A page of events", schema: z.array(eventShape), isPage: true } },
  async handle({ house, request, query }) {
    const { rows, nextCursor } = await listAudit(house.scope, query);
    const items = rows.map((row) => JSON.stringify(auditFacts(row)));
    return pageAnswer(request, items, nextCursor);
  },
});

const proofShape = z.object({
  rows: z.int(),
  head: z.string().meta({ description: "The hash of the last event: note it elsewhere" }),
  broken: z.object({ seq: z.int(), why: z.string() }).nullable(),
});

export const proveAudit = route({
  method: "GET",
  path: "/audit/verify",
  about: "Whether every event follows from the one before it",
  needs: "operator",
  answers: { 200: { about: "That", schema: proofShape } },
  handle: async ({ house }) => jsonAnswer(await verifyAudit(house.scope)),
});
