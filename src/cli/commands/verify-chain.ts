// `bsv verify-chain`: is the history still the one that was made?
import { defineCommand } from "#cli/command.ts";
import { namedSets, setWords } from "#cli/find-set.ts";
import { chainFacts, chainText } from "#cli/output/chain-text.ts";
import { remoteInstead, requireRemote } from "#cli/remote.ts";
import { signerOf } from "#cli/signer.ts";
import { verifyChain } from "#jobs/chain/verify.ts";
import { readWitness } from "#jobs/chain/witness.ts";

export default defineCommand({
  description: `Finds snapshots that were changed, removed, reordered or dated back: every header and
list is hashed, every signature checked, and each snapshot must follow the one it names.
With --remote also a server that forgot, or was rolled back: what it once acknowledged
must still be there, at its place. With --witness also a history that was cut at its end.

What was deleted with bsv is no alarm, but told. So is what cannot be seen.`,
  args: {
    set: setWords,
    remote: {
      ...remoteInstead,
      description: "Compare with this bsv server too; `default` is the one that push sends to",
    },
    witness: {
      type: "string",
      valueHint: "FILE",
      description: "Compare with what `bsv witness export` wrote; - for standard input",
    },
  },
  examples: [
    { line: "bsv verify-chain", about: "Everything in this store" },
    { line: "bsv verify-chain project-data --remote default", about: "And the server's word" },
    {
      line: "bsv verify-chain --witness /mnt/usb/heads.ndjson",
      about: "And what was kept elsewhere",
    },
  ],
  exits: [4, 5, 6, 7],
  json: "events",
  async run(context, args) {
    const { out, run } = context;
    const witness = args.witness === undefined ? undefined : await readWitness(args.witness);
    const remote =
      args.remote === undefined
        ? { remoteUrl: undefined }
        : await requireRemote(context, args.remote);
    const scope = await context.existingStore();
    const sets = await namedSets(scope, args.set);
    const publicKey = (await signerOf())?.publicKey;
    const verified = await verifyChain(scope, { ...remote, sets, publicKey, witness }, run);
    for (const set of verified) {
      await out.event("chain", chainFacts(set));
      if (!out.isJson) await out.write(`${chainText(set).join("\n")}\n`);
    }
    const findings = verified.reduce((sum, set) => sum + set.findings.length, 0);
    const lost =
      witness?.heads.filter(
        (head) =>
          !verified.some((set) => set.machineId === head.machineId && set.setName === head.setName),
      ) ?? [];
    const strays = [...new Set(lost.map((head) => `${head.machineId}/${head.setName}`))];
    await out.event("summary", { sets: verified.length, findings, sets_only_in_witness: strays });
    if (args.set.length === 0 && strays.length > 0) {
      out.warn(`The witness names ${strays.join(", ")}, of which this store has nothing`);
      return "findings";
    }
    return findings === 0 ? "done" : "findings";
  },
});
