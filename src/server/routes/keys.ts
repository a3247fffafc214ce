// API keys: one's own, or for an admin all. What a key may do can't be given on by one that may not.
import { z } from "zod";
import {
  labelSchema,
  machinePatternSchema,
  MOST_PATTERNS,
  userNameSchema,
} from "#core/access/access.ts";
import { keyFacts } from "#core/access/access-facts.ts";
import { RIGHTS } from "#core/access/principal.ts";
import { listKeys } from "#db/access/keys.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { accountHolder, askerOf } from "#server/access/asker.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { timestampShape } from "#server/shapes.ts";

const keyShape = z.object({
  key_id: z.string(),
  user: z.string(),
  label: z.string().nullable(),
  scopes: z.array(z.enum(RIGHTS)),
  machines: z.array(z.string()).nullable().meta({ description: "null: all its user's" }),
  created_at: timestampShape,
  expires_at: timestampShape.nullable(),
  revoked_at: timestampShape.nullable(),
  last_used_at: timestampShape.nullable(),
  last_used_from: z.string().nullable(),
  replaces: z.string().nullable(),
});
export const newKeyShape = keyShape.extend({
  key: z.string().meta({ description: "The key itself, shown only now" }),
});

const SECOND_MS = 1000;
const MOST_S = 100 * 365 * 86_400;
const keyParams = z.strictObject({
  key_id: z.string().regex(/^[0-9a-f]{12}$/, "is no id of a key"),
});

export const showKeys = route({
  method: "GET",
  path: "/keys",
  about: "List API keys, by id",
  needs: "admin",
  query: z.strictObject(pageShape),
  answers: { 200: { about: "A page of keys", schema: z.array(keyShape), isPage: true } },
  async handle(call) {
    accountHolder(call);
    const { rows, nextCursor } = await listKeys(call.house.scope, call.query);
    const items = rows.map((key) => JSON.stringify(keyFacts(key)));
    return pageAnswer(call.request, items, nextCursor);
  },
});

export const createKey = route({
  method: "POST",
  path: "/keys",
  about: "Make an API key",
  needs: "admin",
  body: z.strictObject({
    user: userNameSchema.optional().meta({ description: "Whose; for admins of the server" }),
    label: labelSchema.optional(),
    scopes: z.array(z.enum(RIGHTS)).min(1).max(RIGHTS.length),
    machines: z.array(machinePatternSchema).min(1).max(MOST_PATTERNS).optional(),
    expires_in: z.int().min(1).max(MOST_S).optional().meta({ description: "Seconds" }),
  }),
  answers: { 201: { about: "The key, shown once", schema: newKeyShape } },
  async handle(call) {
    const { userName } = accountHolder(call);
    const { user = userName, label = null, scopes, machines = null, expires_in } = call.body;
    const lifeMs = expires_in === undefined ? null : expires_in * SECOND_MS;
    const wish = { user, label, rights: scopes, machines, lifeMs, by: askerOf(call) };
    const { key, text } = await call.house.writer.do("create-key", wish);
    return jsonAnswer({ ...keyFacts(key), key: text }, 201);
  },
});

export const revokeKey = route({
  method: "DELETE",
  path: "/keys/{key_id}",
  about: "Revoke an API key, at once",
  needs: "admin",
  params: keyParams,
  answers: { 200: { about: "As it is now", schema: keyShape } },
  async handle(call) {
    accountHolder(call);
    const wish = { keyId: call.params.key_id, by: askerOf(call) };
    return jsonAnswer(keyFacts(await call.house.writer.do("revoke-key", wish)));
  },
});

export const rotateKey = route({
  method: "POST",
  path: "/keys/{key_id}/rotate",
  about: "Make a key in the place of another; both are valid until the grace ends",
  needs: "admin",
  params: keyParams,
  body: z.strictObject({
    grace: z
      .int()
      .min(0)
      .max(MOST_S)
      .default(7 * 86_400)
      .meta({ description: "Seconds" }),
  }),
  answers: {
    201: { about: "The new key, shown once", schema: newKeyShape },
    409: { about: "The old one is not valid any more" },
  },
  async handle(call) {
    accountHolder(call);
    const graceMs = call.body.grace * SECOND_MS;
    const wish = { keyId: call.params.key_id, graceMs, by: askerOf(call) };
    const { key, text } = await call.house.writer.do("rotate-key", wish);
    return jsonAnswer({ ...keyFacts(key), key: text }, 201);
  },
});
