// A witness: the heads of a store's sets as lines of JSON, to be kept where nobody who can write to the store can write. Its last line
// holds the SHA-256 of all others, and the signature of whoever wrote it.
import { z } from "zod";
import type { NewHasher } from "./document.ts";
import { jsonText } from "./entry.ts";
import { BsvError } from "./errors.ts";
import { nameSchema } from "./names.ts";
import {
  publicKeySchema,
  signatureSchema,
  signedBy,
  witnessStatement,
  type Signed,
  type Signer,
} from "./signature.ts";
import { parseTimestamp, timestampText } from "./timestamp.ts";

export interface WitnessHead {
  readonly machineId: string;
  readonly setName: string;
  readonly snapshotId: string;
  readonly timestampMs: number;
}

export interface Witness {
  readonly writtenAtMs: number;
  readonly heads: readonly WitnessHead[];
  /** Undefined where its writer had no key. Not proven: see `sha256`. */
  readonly signed: Signed | undefined;
  /** Of its lines, as computed: what `signed` must be over, by `witnessStatement`. */
  readonly sha256: string;
}

export function witnessText(
  heads: readonly WitnessHead[],
  { nowMs, signer, newHasher }: { nowMs: number; signer: Signer | undefined; newHasher: NewHasher },
): string {
  const first = jsonText({ bsv_witness: 1, written_at: timestampText(nowMs) });
  const lines = heads.map(({ machineId, setName, snapshotId, timestampMs }) =>
    jsonText({
      machine_id: machineId,
      backupset_name: setName,
      snapshot_id: snapshotId,
      timestamp: timestampText(timestampMs),
    }),
  );
  const body = [first, ...lines].map((line) => `${line}\n`).join("");
  const sha256 = hashOf(body, newHasher);
  const signed = signer && signedBy(signer, witnessStatement(sha256));
  const seal = signed && { public_key: signed.publicKey, signature: signed.signature };
  return `${body}${jsonText({ sha256, ...(seal === undefined ? {} : { signed: seal }) })}\n`;
}

/** Throws `malformed` for what is no witness, or not as it was written. */
export function readWitness(text: string, newHasher: NewHasher): Witness {
  const end = text.lastIndexOf("\n", text.length - 2) + 1;
  const body = text.slice(0, end);
  const last = lastLine.safeParse(json(text.slice(end)));
  const [first, ...lines] = body.split("\n").slice(0, -1);
  const head = firstLine.safeParse(json(first ?? ""));
  if (!last.success || !head.success || !text.endsWith("\n")) {
    throw new BsvError("malformed", "This is no whole witness", {
      hint: "`bsv witness export` writes one; its last line is its seal",
    });
  }
  const sha256 = hashOf(body, newHasher);
  if (sha256 !== last.data.sha256) {
    throw new BsvError("malformed", "The witness is not as it was written: its seal does not fit");
  }
  const heads = lines.map((line, at) => {
    const parsed = headLine.safeParse(json(line));
    if (parsed.success) return parsed.data;
    throw new BsvError("malformed", `Line ${at + 2} of the witness is no head`);
  });
  const { signed } = last.data;
  return {
    writtenAtMs: head.data.written_at,
    heads,
    signed: signed && { publicKey: signed.public_key, signature: signed.signature },
    sha256,
  };
}

// --- internal ---

const moment = z.string().transform((text, context) => {
  const ms = parseTimestamp(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: "is no timestamp" });
  return z.NEVER;
});
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const firstLine = z.object({ bsv_witness: z.literal(1), written_at: moment });
const headLine = z
  .object({
    machine_id: nameSchema,
    backupset_name: nameSchema,
    snapshot_id: sha256Hex,
    timestamp: moment,
  })
  .transform((head) => ({
    machineId: head.machine_id,
    setName: head.backupset_name,
    snapshotId: head.snapshot_id,
    timestampMs: head.timestamp,
  }));
const lastLine = z.strictObject({
  sha256: sha256Hex,
  signed: z.strictObject({ public_key: publicKeySchema, signature: signatureSchema }).optional(),
});

function hashOf(text: string, newHasher: NewHasher): string {
  const hasher = newHasher();
  hasher.update(text);
  return hasher.digest("hex");
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it, and says what it is
  }
}
