// The shapes that requests and answers share: names in paths, snapshots, receipts. The documents' own are core's.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { entrySchema } from "#core/entry-json.ts";
import { headerSchema } from "#core/document.ts";
import { nameSchema } from "#core/names.ts";
import { publicKeySchema, signatureSchema, type Signed } from "#core/signature.ts";
import { verdictSchema } from "#core/proof/verdict.ts";
import { parseMoment } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";

export const machineParams = z.strictObject({ machine_id: nameSchema });
export const setParams = z.strictObject({ machine_id: nameSchema, set_name: nameSchema });
export const snapshotParams = z.strictObject({
  ...setParams.shape,
  snapshot_id: z
    .string()
    .regex(/^[0-9A-Za-z._:-]{1,128}$/, "is no id of a snapshot")
    .meta({ description: "The id, or the one its foreign writer gave it" }),
});

export function setOf(params: z.output<typeof setParams>): SetName {
  return { machineId: params.machine_id, setName: params.set_name };
}

/** Of requests that bring a snapshot. */
export const senderHeaders = z.object({
  "x-agent-id": z.string().min(1).max(128).optional().meta({
    description: "The installation that sends it, where that is not the one that wrote it",
  }),
  "x-public-key": publicKeySchema.optional().meta({
    description: "The Ed25519 key that signed the snapshot (docs/format.md, Signatures)",
  }),
  "x-signature": signatureSchema.optional().meta({ description: "The signature by that key" }),
});

/** What the sender's headers say beside the body. */
export function signedBesides(headers: z.output<typeof senderHeaders>): {
  sentBy: string | undefined;
  signed: Signed | undefined;
} {
  const { "x-agent-id": sentBy, "x-public-key": publicKey, "x-signature": signature } = headers;
  if (publicKey !== undefined && signature !== undefined) {
    return { sentBy, signed: { publicKey, signature } };
  }
  if (publicKey === signature) return { sentBy, signed: undefined };
  throw new BsvError("invalid_request", "X-Public-Key and X-Signature go together");
}

export const signedShape = z
  .object({ public_key: publicKeySchema, signature: signatureSchema })
  .meta({ description: "An Ed25519 signature (docs/format.md, Signatures)" });

export const signedJson = ({ publicKey, signature }: Signed): z.output<typeof signedShape> => ({
  public_key: publicKey,
  signature,
});

/** `true` or `false`, as a query says it. */
export const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** A moment in a query; of a bare date (UTC) or a second its `edge`. */
export const moment = (edge: "start" | "end") =>
  z
    .string()
    .transform((text, context) => {
      const ms = parseMoment(text, edge);
      if (ms !== undefined) return ms;
      context.addIssue({ code: "custom", message: "is no RFC 3339 time and no date" });
      return z.NEVER;
    })
    .optional();

export const snapshotIdShape = z.string().regex(/^[0-9a-f]{64}$/, "is no snapshot id");
export const timestampShape = z.string().meta({ format: "date-time" });

export const headerShape = z.looseObject({ snapshot_id: snapshotIdShape, ...headerSchema.shape });

/** As lists have it, and a question for one without its files. */
export const listedShape = z.looseObject({
  ...headerShape.shape,
  received_at: timestampShape,
  client_id: z.string().optional().meta({ description: "The name its foreign writer gave it" }),
  future_dated: z
    .literal(true)
    .optional()
    .meta({ description: "Dated so far ahead of its arrival that it is never the latest" }),
  tags: z.array(z.string()).meta({ description: "What people put on it, in order of letters" }),
  verdict: verdictSchema.nullable().meta({ description: "Null until it is judged" }),
});
export const documentShape = z.looseObject({ ...headerShape.shape, files: z.array(entrySchema) });

/** What may be sent: the same, with an id of the sender's own or none. */
export const incomingShape = z.looseObject({
  ...headerSchema.shape,
  snapshot_id: z.string().nullable().optional(),
  files: z.array(entrySchema),
});

export const receiptShape = z.object({
  snapshot_id: snapshotIdShape,
  status: z.enum(["stored", "exists"]),
  seq: z.int(),
  received_at: timestampShape,
  client_id: z.string().optional(),
  verdict: verdictSchema
    .optional()
    .meta({ description: "Whether it is plausible after the one before it" }),
  gap: snapshotIdShape.optional().meta({ description: "The parent it names, which is not here" }),
  receipt: signedShape.optional().meta({ description: "The server's own, where it has a key" }),
});
export type Receipt = z.output<typeof receiptShape>;

export const problemShape = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: "A stable word to switch on" }),
  detail: z.string(),
  hint: z.string().optional(),
  line: z.int().optional().meta({ description: "The first offending line of a document" }),
});
