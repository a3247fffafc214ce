// For whoever watches the server: is it alive, can it do its work, and what can be asked of it.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { listMachines } from "#db/backupsets.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { route } from "#server/route.ts";

const okShape = z.object({ status: z.literal("ok") });
const ok = () => jsonAnswer({ status: "ok" } satisfies z.output<typeof okShape>);

export const health = route({
  method: "GET",
  path: "/healthz",
  about: "The process answers",
  needs: "nobody",
  answers: { 200: { about: "It does", schema: okShape } },
  handle: ok,
});

export const readiness = route({
  method: "GET",
  path: "/readyz",
  about: "The store can be read, and the writer takes orders",
  needs: "nobody",
  answers: { 200: { about: "Both", schema: okShape }, 503: { about: "Not now" } },
  async handle({ house }) {
    await listMachines(house.scope, { limit: 1 });
    if (!house.writer.isReady) throw new BsvError("store_busy", "The writer takes no orders now");
    return ok();
  },
});
