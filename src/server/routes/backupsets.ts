// The backupsets of a machine, and the name of one: is it valid, free, or already yours.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { isName } from "#core/names.ts";
import { publicKeySchema } from "#core/signature.ts";
import { timestampText } from "#core/timestamp.ts";
import { listBackupsets } from "#db/backupsets.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { askerOf } from "#server/access/asker.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { machineParams, timestampShape } from "#server/shapes.ts";
import { quotaOf } from "./upload.ts";

const backupsetShape = z.object({
  machine_id: z.string(),
  backupset_name: z.string(),
  created_at: timestampShape,
  description: z.string().nullable(),
});

export const listSets = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets",
  about: "List backupsets on machine, by name",
  needs: "read",
  params: machineParams,
  query: z.strictObject(pageShape),
  isOfStore: true,
  answers: {
    200: { about: "A page of backupsets", schema: z.array(backupsetShape), isPage: true },
  },
  async handle({ house, request, params, query }) {
    const page = await listBackupsets(house.scope, params.machine_id, query);
    if (page.rows.length === 0 && query.cursor === undefined) {
      throw new BsvError("not_found", `Nothing is known of a machine ${params.machine_id}`);
    }
    const items = page.rows.map((row) =>
      JSON.stringify({
        machine_id: row.machineId,
        backupset_name: row.setName,
        created_at: timestampText(row.createdAtMs),
        description: row.description,
      } satisfies z.output<typeof backupsetShape>),
    );
    return pageAnswer(request, items, page.nextCursor);
  },
});

const validationShape = z.object({
  machine_id: z.string(),
  backupset_name: z.string(),
  valid: z.boolean(),
  status: z.enum(["reserved", "yours", "invalid"]),
  reason: z.string().optional(),
  description: z.string().nullable().optional(),
  created_at: timestampShape.optional(),
});

export const validateSet = route({
  method: "POST",
  path: "/machines/{machine_id}/backupsets/{set_name}/validate",
  about: "Validate and reserve a backupset's name",
  needs: "push",
  // Any text: whether it is a name is the question.
  params: z.strictObject({ machine_id: z.string(), set_name: z.string() }),
  body: z.strictObject({
    description: z.string().max(1000).optional(),
    agent_id: z.string().min(1).max(128).optional(),
    adopt: z
      .boolean()
      .optional()
      .meta({ description: "Take the machine over from another installation" }),
    public_key: publicKeySchema
      .optional()
      .meta({ description: "With `adopt`: the key its snapshots are signed with from now on" }),
  }),
  answers: {
    200: { about: "Whether the name is valid, and now yours", schema: validationShape },
    403: { about: "To take a machine over from another installation needs the right admin" },
    409: { about: "The machine is another installation's (`agent_conflict`)" },
    507: { about: "Its owner has as many backupsets as it may (`over_quota`)" },
  },
  async handle(call) {
    const { house, params, body } = call;
    const names = { machine_id: params.machine_id, backupset_name: params.set_name };
    const wrong = isName(names.machine_id) ? "set_name" : "machine_id";
    if (!isName(names.machine_id) || !isName(names.backupset_name)) {
      const reason = `${wrong}: a name has 1 to 128 letters, digits, '.', '_' or '-', and starts with a letter or digit`;
      return said({ ...names, valid: false, status: "invalid", reason });
    }
    const { status, description, createdAtMs } = await house.writer.do("reserve", {
      machineId: names.machine_id,
      setName: names.backupset_name,
      description: body.description,
      agentId: body.agent_id,
      adopt: body.adopt,
      publicKey: body.public_key,
      quota: quotaOf(house),
    });
    if (body.adopt === true) {
      const event = { what: "machine.adopt", target: names.machine_id, result: "ok" };
      house.access?.notes.note({ ...askerOf(call), ...event, atMs: house.now() });
    }
    const created_at = timestampText(createdAtMs);
    return said({ ...names, valid: true, status, description, created_at });
  },
});

const said = (validation: z.output<typeof validationShape>) => jsonAnswer(validation);
