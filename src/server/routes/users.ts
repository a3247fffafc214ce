// Users: an admin's to change; each may see itself, and change its own password.
import { z } from "zod";
import { checkedAs, passwordSchema, userNameSchema } from "#core/access/access.ts";
import { userFacts } from "#core/access/access-facts.ts";
import { listUsers, mustFindUser } from "#db/access/users.ts";
import { hashPassword } from "#jobs/access/password.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { accountHolder, askerOf } from "#server/access/asker.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { timestampShape } from "#server/shapes.ts";

const userShape = z.object({
  user: z.string(),
  role: z.enum(["admin", "member"]),
  has_password: z.boolean(),
  created_at: timestampShape,
  disabled_at: timestampShape.nullable(),
});
const userParams = z.strictObject({ user: userNameSchema });
const asItIs = { 200: { about: "As it is now", schema: userShape } };

export const showUsers = route({
  method: "GET",
  path: "/users",
  about: "List users, by name: a member sees itself",
  needs: "admin",
  query: z.strictObject(pageShape),
  answers: { 200: { about: "A page of users", schema: z.array(userShape), isPage: true } },
  async handle(call) {
    accountHolder(call);
    const { rows, nextCursor } = await listUsers(call.house.scope, call.query);
    const items = rows.map((user) => JSON.stringify(userFacts(user)));
    return pageAnswer(call.request, items, nextCursor);
  },
});

export const addUser = route({
  method: "POST",
  path: "/users",
  about: "Add a user",
  needs: "operator",
  body: z.strictObject({
    user: userNameSchema,
    role: z.enum(["admin", "member"]).default("member"),
    password: z.string().max(1000).optional(),
  }),
  answers: {
    201: { about: "Added", schema: userShape },
    409: { about: "The name is taken" },
  },
  async handle(call) {
    accountHolder(call);
    const { user: name, role, password } = call.body;
    const passwordHash = password === undefined ? null : await hashOf(password);
    const wish = { name, isAdmin: role === "admin", passwordHash, by: askerOf(call) };
    return jsonAnswer(userFacts(await call.house.writer.do("create-user", wish)), 201);
  },
});

const switched = (path: "disable" | "enable") =>
  route({
    method: "POST",
    path: `/users/{user}/${path}`,
    about:
      path === "disable"
        ? "Lock a user out: its keys and sessions are worth nothing from now on"
        : "Let a user in again, with the keys it had",
    needs: "operator",
    params: userParams,
    body: z.strictObject({}),
    answers: { ...asItIs, 409: { about: "It is the last admin" } },
    async handle(call) {
      accountHolder(call);
      const change = { isDisabled: path === "disable" };
      const wish = { name: call.params.user, change, by: askerOf(call) };
      return jsonAnswer(userFacts(await call.house.writer.do("change-user", wish)));
    },
  });
export const disableUser = switched("disable");
export const enableUser = switched("enable");

export const changePassword = route({
  method: "PUT",
  path: "/users/{user}/password",
  about: "Set a password; all sessions of the user end",
  needs: "admin",
  params: userParams,
  body: z.strictObject({ password: z.string().max(1000) }),
  answers: asItIs,
  async handle(call) {
    accountHolder(call);
    const { user: name } = call.params;
    await mustFindUser(call.house.scope, name);
    const change = { passwordHash: await hashOf(call.body.password) };
    const wish = { name, change, by: askerOf(call) };
    return jsonAnswer(userFacts(await call.house.writer.do("change-user", wish)));
  },
});

// --- internal ---

const hashOf = (password: string): Promise<string> =>
  hashPassword(checkedAs("password", passwordSchema, password, "invalid_request"));
