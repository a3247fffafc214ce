// The machines this store knows. Who writes as which machine is not told: it is what a second installation is known by.
import { z } from "zod";
import { timestampText } from "#core/timestamp.ts";
import { listMachines } from "#db/backupsets.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { timestampShape } from "#server/shapes.ts";

const machineShape = z.object({ machine_id: z.string(), created_at: timestampShape });

export const machines = route({
  method: "GET",
  path: "/machines",
  about: "List machines, by name",
  needs: "read",
  query: z.strictObject(pageShape),
  isOfStore: true,
  answers: { 200: { about: "A page of machines", schema: z.array(machineShape), isPage: true } },
  async handle({ house, request, query }) {
    const page = await listMachines(house.scope, query);
    const items = page.rows.map((row) =>
      JSON.stringify({
        machine_id: row.machineId,
        created_at: timestampText(row.createdAtMs),
      } satisfies z.output<typeof machineShape>),
    );
    return pageAnswer(request, items, page.nextCursor);
  },
});
