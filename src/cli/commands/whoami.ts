// `bsv whoami`: who the remote takes us for, and what the key may do there.
import { defineCommand } from "#cli/command.ts";
import { selfText } from "#cli/output/self-text.ts";
import { remoteFlag, requireRemote } from "#cli/remote.ts";
import { whoami } from "#jobs/access/whoami.ts";

export default defineCommand({
  args: { remote: remoteFlag },
  examples: [
    { line: "bsv whoami", about: "At the server that push sends to" },
    { line: "bsv whoami --remote https://bsv.example.org", about: "At another" },
  ],
  exits: [6, 7],
  async run(context, { remote }) {
    const self = await whoami(await requireRemote(context, remote), context.run);
    await context.out.answer(self, () => [selfText(self)]);
    return "done";
  },
});
