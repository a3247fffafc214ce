// `bsv key rotate ID`: a new key in the place of an old one; for a while both are valid, so that nothing fails meanwhile.
import { readKeyId, readLife } from "#cli/access-args.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { timeText } from "#cli/output/snapshot-text.ts";
import { keyFacts } from "#core/access/access-facts.ts";

export default defineCommand({
  description: `The new key has the scopes, machines and length of life of the old one. It is written
to stdout, once: only a hash of it is kept.`,
  args: {
    key: { type: "positional", description: "The id of the old one", read: readKeyId },
    grace: {
      type: "string",
      valueHint: "LIFE",
      default: "7d",
      description: "How long the old one stays valid",
      read: readLife,
    },
    remote: deskFlag,
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv key rotate 4f3a91c07b2e", about: "A week to change it where it is used" },
    { line: "bsv key rotate 4f3a91c07b2e --grace 1h", about: "An hour" },
  ],
  exits: [4, 5, 6, 7, 8],
  async run(context, { key: keyId, grace: graceMs, remote, "dry-run": isDryRun }) {
    const { out } = context;
    const desk = await deskOf(context, remote);
    if (isDryRun) {
      const { userName } = await desk.key(keyId);
      await out.answer({ key_id: keyId, user: userName, written: false }, () => [
        `Would replace key ${keyId} of ${userName}`,
      ]);
      return "done";
    }
    const { old, key, text } = await desk.rotateKey(keyId, graceMs);
    out.note(
      `Key ${key.keyId} takes the place of ${keyId}, which ends at ${timeText(old.expiresAtMs!)}; it is shown only now:`,
    );
    await out.answer({ ...keyFacts(key), old: keyFacts(old), key: text, written: true }, () => [
      text,
    ]);
    return "done";
  },
});
