// `bsv keygen`: the key with which this installation signs.
import { defineCommand } from "#cli/command.ts";
import { printable } from "#cli/output/escape.ts";
import { signerOf, signingKeyPlace } from "#cli/signer.ts";
import { BsvError } from "#core/errors.ts";
import { makeSigningKey } from "#disk/signing-key.ts";

export default defineCommand({
  description: `Makes an Ed25519 key. From then on \`scan\` signs every snapshot, \`push\` sends the
signature with it, and \`serve\` signs its receipts. A server pins the first key a
machine's snapshots come with, and takes no others of that machine any more.

The key is a file for this user alone, beside the backupset file and not in the
data folder, so that no backup of the store carries it; BSV_SIGNING_KEY names
another place. Keep a copy: a lost key is replaced by \`bsv push --adopt\`.`,
  args: {
    show: { type: "boolean", description: "Only show the public key there is" },
  },
  examples: [
    { line: "bsv keygen", about: "Make the key, once" },
    { line: "bsv keygen --show", about: "The public key, to note down elsewhere" },
  ],
  exits: [4, 5],
  async run({ out }, { show: isShown }) {
    const file = await signingKeyPlace();
    const signer = isShown ? await signerOf() : makeSigningKey(file).signer;
    if (signer === undefined) {
      throw new BsvError("not_found", `There is no signing key in ${file}`, {
        hint: "`bsv keygen` makes one",
        details: { file },
      });
    }
    const { publicKey } = signer;
    await out.answer({ public_key: publicKey, file, made: !isShown }, () =>
      isShown ? [publicKey] : [`Made ${printable(file)}`, `public key ${publicKey}`],
    );
    return "done";
  },
});
