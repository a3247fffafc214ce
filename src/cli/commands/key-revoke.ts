// `bsv key revoke ID`: from now on nobody signs in with the key.
import { readKeyId } from "#cli/access-args.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { keyFacts } from "#core/access/access-facts.ts";

export default defineCommand({
  description: `A running server sees it at once: the next request is refused, and what is under way
reads and writes no more.`,
  args: {
    key: { type: "positional", description: "Its id: the 12 digits behind bsv_", read: readKeyId },
    remote: deskFlag,
    "dry-run": dryRun,
  },
  examples: [{ line: "bsv key revoke 4f3a91c07b2e", about: "The laptop was stolen" }],
  exits: [5, 6, 7, 8],
  async run(context, { key: keyId, remote, "dry-run": isDryRun }) {
    const { out } = context;
    const desk = await deskOf(context, remote);
    const key = await (isDryRun ? desk.key(keyId) : desk.revokeKey(keyId));
    const would = isDryRun ? "would be" : "is";
    await out.answer({ ...keyFacts(key), written: !isDryRun }, () => [
      `Key ${keyId} of ${key.userName} ${would} revoked`,
    ]);
    return "done";
  },
});
