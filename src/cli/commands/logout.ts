// `bsv logout URL`: forgets the key. The server does not: `bsv key revoke` there makes it worthless.
import { defineCommand } from "#cli/command.ts";
import { remoteUrlFrom } from "#cli/remote.ts";
import { BsvError } from "#core/errors.ts";
import { findHome } from "#disk/home.ts";
import { forgetKey } from "#disk/key-ring.ts";
import { addressOf } from "#jobs/access/whoami.ts";

export default defineCommand({
  description:
    "Only what `bsv login` stored here is removed; `bsv key revoke` on the server ends the key.",
  args: {
    url: {
      type: "positional",
      required: false,
      description: "The server (default: BSV_REMOTE, then remote.url of the backupset file)",
    },
  },
  examples: [{ line: "bsv logout https://bsv.example.org", about: "Removes the key from here" }],
  exits: [5],
  async run(context, { url: said }) {
    const url = addressOf(await remoteUrlFrom(context, said));
    if (!forgetKey(findHome(process.env).configDir, url)) {
      throw new BsvError("not_found", `No key is stored for ${url}`);
    }
    await context.out.answer({ url, removed: true }, () => [`Signed out of ${url}`]);
    return "done";
  },
});
