// Verifies the chain of a set's snapshots: contents and headers by their hashes, signatures by the machine's keys, order by what each
// names as its parent; a remote by what it acknowledged; and all of it by a witness kept elsewhere. Says what it had to go by, and
// what cannot be seen with that.
import { judgeChain } from "#core/chain/history.ts";
import type { ChainEvent, ChainFinding, Link } from "#core/chain/link.ts";
import { judgeReceipts, judgeRemote, judgeWitness } from "#core/chain/remote.ts";
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import { keyText, witnessStatement } from "#core/signature.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Witness } from "#core/witness.ts";
import type { SetName } from "#db/backupsets.ts";
import { chainPage } from "#db/proof/chain.ts";
import { receiptsOf, type Receipt } from "#db/proof/receipts.ts";
import type { Scope } from "#db/scope.ts";
import { keysOf } from "#db/proof/signatures.ts";
import { verifySignature as verify } from "#disk/signing-key.ts";
import { openRemote, type Remote } from "#sync/remote.ts";
import type { Patience } from "#sync/retry.ts";
import { checkStore } from "#jobs/store/check.ts";
import { remoteChain } from "./remote-chain.ts";

export interface VerifyChainInput {
  readonly sets: readonly SetName[];
  /** Of this installation, where it has a key. */
  readonly publicKey: string | undefined;
  readonly remoteUrl: string | undefined;
  /** What the remote is asked with. */
  readonly apiKey?: string | undefined;
  /** What vouches for it, instead of the system. */
  readonly authorities?: string | undefined;
  readonly witness: Witness | undefined;
  /** For tests: how long to wait for a remote that does not answer. */
  readonly patience?: Patience;
}

export interface VerifiedChain extends SetName {
  /** How much there was to go by. */
  readonly checked: {
    readonly snapshots: number;
    /** Of these, how many were made again from the store and hashed. */
    readonly contents: number;
    readonly signatures: number;
    readonly deleted: number;
    /** Null without a remote. */
    readonly remoteSnapshots: number | null;
    readonly receipts: number;
    /** Null without a witness. */
    readonly witnessHeads: number | null;
  };
  readonly findings: ChainFinding[];
  readonly events: ChainEvent[];
  /** What cannot be seen with what there was. */
  readonly unseen: string[];
}

export async function verifyChain(
  scope: Scope,
  input: VerifyChainInput,
  run: Run,
): Promise<VerifiedChain[]> {
  if (input.witness !== undefined) await checkWitness(scope, input.witness, input);
  const remote = input.remoteUrl === undefined ? undefined : openRemote(input.remoteUrl, input);
  const verified: VerifiedChain[] = [];
  for (const set of input.sets) verified.push(await verifySet(scope, set, remote, input, run));
  return verified;
}

// --- internal ---

async function verifySet(
  scope: Scope,
  set: SetName,
  remote: Remote | undefined,
  input: VerifyChainInput,
  run: Run,
): Promise<VerifiedChain> {
  const here = await allLinks(scope, set);
  const held = remote && (await remoteChain(remote, set, run));
  const there = held?.links;
  const everyReceipt = await receiptsOf(scope, set);
  const receipts = everyReceipt.filter((one) => one.remote === remote?.url);
  const trusted = await trustedKeys(scope, set, input);
  const own = here.length > 0 ? here : (there ?? []);
  const { findings, events } = judgeChain(own, { trusted, verify });
  const check = await checkStore(scope, { sets: here.length > 0 ? [set] : [] }, run);
  for (const { snapshotId, timestampMs, problem } of check.damage) {
    findings.unshift({ kind: "changed", snapshotId: snapshotId ?? "", timestampMs, problem });
  }
  const kept = new Set(here.map((link) => link.snapshotId));
  for (const { snapshotId, receivedAtMs, remote: by } of everyReceipt) {
    if (kept.has(snapshotId)) continue;
    kept.add(snapshotId); // told once, whoever acknowledged it, and how often
    const problem = `was acknowledged by ${by} on ${timestampText(receivedAtMs)}, and is neither here nor deleted`;
    findings.push({ kind: "removed", snapshotId, timestampMs: null, problem });
  }
  if (there !== undefined) {
    findings.push(...(held!.changed ?? []));
    const verdicts = [judgeReceipts(receipts, there, verify)];
    if (here.length > 0) verdicts.push(judgeRemote(here, there, { trusted, verify }));
    findings.push(...verdicts.flatMap((verdict) => verdict.findings));
    events.push(...verdicts.flatMap((verdict) => verdict.events));
  }
  const heads = input.witness?.heads.filter((head) => isOf(head, set));
  if (heads !== undefined) findings.push(...judgeWitness(heads, own));
  return {
    ...set,
    checked: {
      snapshots: own.filter((link) => link.deleted === null).length,
      contents: check.snapshots,
      signatures: own.filter((link) => link.signed !== null).length,
      deleted: own.filter((link) => link.deleted !== null).length,
      remoteSnapshots:
        there === undefined ? null : there.filter((link) => link.deleted === null).length,
      receipts: receipts.length,
      witnessHeads: heads?.length ?? null,
    },
    findings,
    events,
    unseen: [
      ...unseenBy({ own, there, receipts, witness: input.witness }),
      ...(held !== undefined && held.changed === undefined
        ? ["whether headers at the remote are whole: the key in use may not read them"]
        : []),
    ],
  };
}

const isOf = (head: SetName, { machineId, setName }: SetName): boolean =>
  head.machineId === machineId && head.setName === setName;

async function allLinks(scope: Scope, set: SetName): Promise<Link[]> {
  const links: Link[] = [];
  let cursor: string | undefined;
  do {
    const page = await chainPage(scope, set, { limit: 1000, cursor });
    links.push(...page.rows);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return links;
}

async function trustedKeys(
  scope: Scope,
  { machineId }: SetName,
  { publicKey }: VerifyChainInput,
): Promise<string[]> {
  const keys = (await keysOf(scope, machineId)).map((key) => key.publicKey);
  return keys.length === 0 && publicKey !== undefined ? [publicKey] : keys;
}

/** A witness that names a key is by it, and the key is one that is known here. */
async function checkWitness(
  scope: Scope,
  witness: Witness,
  input: VerifyChainInput,
): Promise<void> {
  const { signed, sha256 } = witness;
  if (signed === undefined) return;
  if (!verify(signed, witnessStatement(sha256))) {
    throw new BsvError(
      "malformed",
      `The witness is not signed by the key it names, ${keyText(signed.publicKey)}`,
    );
  }
  const known = new Set([input.publicKey]);
  for (const set of input.sets)
    for (const key of await keysOf(scope, set.machineId)) known.add(key.publicKey);
  if (known.has(signed.publicKey)) return;
  throw new BsvError(
    "malformed",
    `The witness is signed by ${keyText(signed.publicKey)}, a key unknown here`,
    {
      hint: "Is it a witness of another store?",
    },
  );
}

function unseenBy({
  own,
  there,
  receipts,
  witness,
}: {
  own: readonly Link[];
  there: readonly Link[] | undefined;
  receipts: readonly Receipt[];
  witness: Witness | undefined;
}): string[] {
  const unseen: string[] = [];
  if (own.every((link) => link.signed === null)) {
    unseen.push(
      "whether it was all written anew by somebody who could write to the store: nothing is signed (bsv keygen)",
    );
  }
  if (there === undefined && witness === undefined) {
    unseen.push("whether the newest snapshots were cut off: that takes --remote or --witness");
    if (own.some((link) => link.signed !== null)) {
      unseen.push(
        "whether it was signed anew with another key by somebody who could write to the store: so does that",
      );
    }
  }
  if (there !== undefined) {
    unseen.push("whether contents at the remote are whole: only its chain was read");
    if (receipts.length === 0) {
      unseen.push("whether the remote dropped anything: it has acknowledged nothing to this store");
    } else if (receipts.every((receipt) => receipt.signed === undefined)) {
      unseen.push("proof for others of what the remote acknowledged: it signs no receipts");
    }
  }
  if (witness !== undefined && witness.signed === undefined) {
    unseen.push("whether the witness is the one that was written: it is not signed");
  }
  if (witness !== undefined && there === undefined) {
    const since = timestampText(witness.writtenAtMs);
    unseen.push(`whether snapshots made after the witness of ${since} were cut off`);
  }
  return unseen;
}
