// Whose a machine is, and who else may read it: for its owner and for admins. To others it is as if there were none.
import { z } from "zod";
import { userNameSchema } from "#core/access/access.ts";
import { ownershipFacts } from "#core/access/access-facts.ts";
import { ownership } from "#db/access/owners.ts";
import type { OwnerChange } from "#jobs/access/owner.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { askerOf } from "#server/access/asker.ts";
import { route, type Method } from "#server/route.ts";
import { machineParams } from "#server/shapes.ts";

const ownershipShape = z.object({
  machine_id: z.string(),
  owner: z.string().nullable(),
  readers: z.array(z.string()),
});
const answers = { 200: { about: "As it is now", schema: ownershipShape } };

export const showOwner = route({
  method: "GET",
  path: "/machines/{machine_id}/owner",
  about: "Whose the machine is, and who else may read it",
  needs: "admin",
  params: machineParams,
  answers,
  handle: async ({ house, params }) =>
    jsonAnswer(ownershipFacts(await ownership(house.scope, params.machine_id))),
});

export const transfer = route({
  method: "PUT",
  path: "/machines/{machine_id}/owner",
  about: "Give the machine, with all its history, to another user",
  needs: "admin",
  params: machineParams,
  body: z.strictObject({ user: userNameSchema }),
  answers,
  async handle(call) {
    const { house, params, body } = call;
    const wish = { machineId: params.machine_id, user: body.user, by: askerOf(call) };
    return jsonAnswer(
      ownershipFacts(await house.writer.do("change-owner", { ...wish, change: "own" })),
    );
  },
});

const readers = (method: Method, about: string, change: OwnerChange["change"]) =>
  route({
    method,
    path: "/machines/{machine_id}/readers/{user}",
    about,
    needs: "admin",
    params: z.strictObject({ ...machineParams.shape, user: userNameSchema }),
    answers,
    async handle(call) {
      const { house, params } = call;
      const wish = { machineId: params.machine_id, user: params.user, change, by: askerOf(call) };
      return jsonAnswer(ownershipFacts(await house.writer.do("change-owner", wish)));
    },
  });
export const share = readers("PUT", "Let another user read the machine", "share");
export const unshare = readers("DELETE", "Let a user read the machine no more", "unshare");
