// `bsv key revoke ID`: from now on nobody signs in with the key.
import { readKeyId } from "#cli/access-args.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import { keyFacts } from "#core/access/access-facts.ts";
import { mustFindKey } from "#db/access/keys.ts";
import { endKey } from "#jobs/access/key.ts";
import { HOST } from "#jobs/access/user.ts";

export default defineCommand({
  description: `A running server sees it at once: the next request is refused, and what is under way
reads and writes no more.`,
  args: {
    key: { type: "positional", description: "Its id: the 12 digits behind bsv_", read: readKeyId },
    "dry-run": dryRun,
  },
  examples: [{ line: "bsv key revoke 4f3a91c07b2e", about: "The laptop was stolen" }],
  exits: [5, 8],
  async run(context, { key: keyId, "dry-run": isDryRun }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const key = isDryRun
      ? await mustFindKey(scope, keyId)
      : await endKey(scope, { keyId, by: HOST }, run);
    const would = isDryRun ? "would be" : "is";
    await out.answer({ ...keyFacts(key), written: !isDryRun }, () => [
      `Key ${keyId} of ${key.userName} ${would} revoked`,
    ]);
    return "done";
  },
});
