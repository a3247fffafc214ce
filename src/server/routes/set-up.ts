// The first user of a new server, made with the token from its terminal. Afterwards these routes are as if they were not there.
import { z } from "zod";
import { checkedAs, passwordSchema, userNameSchema } from "#core/access/access.ts";
import { keyFacts } from "#core/access/access-facts.ts";
import { BsvError } from "#core/errors.ts";
import { hasUsers } from "#db/access/users.ts";
import { hashPassword } from "#jobs/access/password.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import type { House } from "#server/house.ts";
import { route } from "#server/route.ts";
import { setUpPage } from "#server/access/set-up-page.ts";
import { newKeyShape } from "./keys.ts";

export const showSetUp = route({
  method: "GET",
  path: "/setup",
  about:
    "A page to set a new server up with; its token stands behind the # of the link, which no server is sent",
  needs: "nobody",
  answers: { 200: { about: "The page", types: ["text/html"] }, 404: { about: "It is set up" } },
  async handle({ house }) {
    await mustBeNew(house);
    return setUpPage();
  },
});

export const setUp = route({
  method: "POST",
  path: "/setup",
  about: "Make the first user, an admin, and a key for it",
  needs: "nobody",
  body: z.strictObject({
    token: z.string().max(200),
    user: userNameSchema,
    password: z.string().max(1000).optional(),
  }),
  answers: {
    201: { about: "The key, shown once", schema: newKeyShape },
    403: { about: "Another token, or an hour has passed: start the server again" },
    404: { about: "It is set up" },
  },
  async handle({ house, body, from }) {
    const begun = await mustBeNew(house);
    if (!begun.isRight(body.token, house.now())) {
      throw new BsvError("forbidden", "This is not the token, or its hour has passed", {
        hint: "The server tells a new one when it is started again",
      });
    }
    const passwordHash =
      body.password === undefined
        ? null
        : await hashPassword(
            checkedAs("password", passwordSchema, body.password, "invalid_request"),
          );
    const by = { actor: "set-up token", from };
    const made = await house.writer.do("set-up", { name: body.user, passwordHash, by });
    return jsonAnswer({ ...keyFacts(made.key), key: made.text }, 201);
  },
});

// --- internal ---

async function mustBeNew({ access, scope }: House) {
  if (access?.setUp !== undefined && !(await hasUsers(scope))) return access.setUp;
  throw new BsvError("not_found", "There is nothing at this path");
}
