// Writes the heads of sets as a witness, and reads one that was kept elsewhere.
import { readWitness as read, witnessText, type Witness, type WitnessHead } from "#core/witness.ts";
import type { Run } from "#core/run.ts";
import type { Signer } from "#core/signature.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { AtomicFile } from "#disk/atomic-file.ts";
import { replaceableFile } from "#disk/replaceable-file.ts";
import { newSha256 } from "#disk/sha256.ts";
import { readWholeText } from "#disk/whole-text.ts";
import { allHeads } from "#jobs/all-heads.ts";

export interface WitnessInput {
  readonly sets: readonly SetName[];
  /** Undefined: only the text is made. */
  readonly file: string | undefined;
  readonly signer: Signer | undefined;
}

export interface WrittenWitness {
  readonly text: string;
  /** Its real place. */
  readonly file: string | undefined;
  readonly headCount: number;
}

export async function writeWitness(
  scope: Scope,
  { sets, file, signer }: WitnessInput,
  run: Run,
): Promise<WrittenWitness> {
  const heads: WitnessHead[] = [];
  for (const { machineId, setName } of sets) {
    run.signal.throwIfAborted();
    const set = { machineId, setName };
    for (const head of await allHeads(scope, set)) heads.push({ ...set, ...head });
  }
  const text = witnessText(heads, { nowMs: run.now(), signer, newHasher: newSha256 });
  const headCount = heads.length;
  if (file === undefined) return { text, file, headCount };
  const place = replaceableFile(file);
  const out = new AtomicFile(place);
  try {
    out.append(text);
    out.commit();
  } catch (error) {
    out.discard();
    throw error;
  }
  return { text, file: place, headCount };
}

/** `-` is standard input. Throws `not_found`, or `malformed` for what is no witness or was changed. */
export async function readWitness(file: string): Promise<Witness> {
  return read(await readWholeText(file, LONGEST_WITNESS_BYTES), newSha256);
}

// --- internal ---

/** A million heads, of a century of hourly scans. */
const LONGEST_WITNESS_BYTES = 256 * 1024 * 1024;
