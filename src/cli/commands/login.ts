// `bsv login URL`: keeps the key that a server is asked with from now on.
import { checkedKey } from "#cli/api-key.ts";
import { defineCommand } from "#cli/command.ts";
import { selfText } from "#cli/output/self-text.ts";
import { authoritiesOf, remoteUrlFrom } from "#cli/remote.ts";
import { readSecret } from "#cli/secret-input.ts";
import { findHome } from "#disk/home.ts";
import { storeKey } from "#disk/key-ring.ts";
import { readSecretFile } from "#disk/secret-file.ts";
import { whoami } from "#jobs/access/whoami.ts";

export default defineCommand({
  description: `Asks for the key, unseen, or takes the first line of stdin or of --key-file; then asks
the server whose it is, and stores it in the user's config folder, for this address
alone. BSV_API_KEY is used before it.`,
  args: {
    url: {
      type: "positional",
      required: false,
      description: "The server (default: BSV_REMOTE, then remote.url of the backupset file)",
    },
    "key-file": {
      type: "string",
      valueHint: "PATH",
      description: "Take the key from this file, which only its user may read",
    },
  },
  examples: [
    { line: "bsv login https://bsv.example.org", about: "Asks for the key" },
    { line: "bsv login https://bsv.example.org <key.txt", about: "From a file" },
  ],
  exits: [6, 7],
  async run(context, { url, "key-file": keyFile }) {
    const { out, run } = context;
    const remoteUrl = await remoteUrlFrom(context, url);
    const said =
      keyFile === undefined
        ? await readSecret(context, "API key")
        : readSecretFile(keyFile, "the key in").split("\n")[0]!;
    const apiKey = checkedKey(said.trim(), keyFile === undefined ? "The input" : "The file");
    const self = await whoami(
      { remoteUrl, apiKey, authorities: await authoritiesOf(context) },
      run,
    );
    storeKey(findHome(process.env).configDir, self.url, apiKey);
    await out.answer({ ...self, stored: true }, () => [`Signed in to ${selfText(self)}`]);
    return "done";
  },
});
