// What is signed, to the byte (docs/format.md, "Signatures"): Ed25519 over a few lines of text that begin with what they are, so that
// no signature can be taken for one of another kind. Keys and signatures are lower-case hex: each has one spelling.
import { z } from "zod";
import { timestampText } from "./timestamp.ts";

export const publicKeySchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "is no Ed25519 public key in hex");
export const signatureSchema = z.string().regex(/^[0-9a-f]{128}$/, "is no signature in hex");

/** A signature and the key it is by. */
export interface Signed {
  readonly publicKey: string;
  readonly signature: string;
}

/** Somebody who can sign; core and the rooms above know no private key. */
export interface Signer {
  readonly publicKey: string;
  sign(text: string): string;
}

/** Whether the signature is by this key over this text; false for anything malformed. Core has no cryptography of its own. */
export type VerifySignature = (signed: Signed, text: string) => boolean;

/** What an agent signs of a snapshot. The id is the hash of the header, and so of time, parent and every entry. */
export const snapshotStatement = (snapshotId: string): string => `bsv snapshot 1\n${snapshotId}\n`;

/** What a server acknowledges: when a snapshot came, and at which place of all it ever took. */
export interface ReceiptFacts {
  readonly machineId: string;
  readonly setName: string;
  readonly snapshotId: string;
  readonly seq: number;
  readonly receivedAtMs: number;
}

/** What a server signs of a snapshot it took. */
export function receiptStatement(facts: ReceiptFacts): string {
  const { machineId, setName, snapshotId, seq, receivedAtMs } = facts;
  return `bsv receipt 1\n${machineId}/${setName}\n${snapshotId}\n${seq}\n${timestampText(receivedAtMs)}\n`;
}

/** What is signed of a witness: the SHA-256 of its lines. */
export const witnessStatement = (sha256: string): string => `bsv witness 1\n${sha256}\n`;

/** What is signed of a report: the SHA-256 of the file. */
export const reportStatement = (sha256: string): string => `bsv report 1\n${sha256}\n`;

export const signedBy = (signer: Signer, text: string): Signed => ({
  publicKey: signer.publicKey,
  signature: signer.sign(text),
});

/** How a key is shown to people. */
export const keyText = (publicKey: string): string => publicKey.slice(0, 16);
