// `bsv user enable NAME`: a disabled user may sign in again.
import { readUserName } from "#cli/access-args.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import { userFacts } from "#core/access/access-facts.ts";
import { mustFindUser } from "#db/access/users.ts";
import { changeUser, HOST } from "#jobs/access/user.ts";

export default defineCommand({
  description: "With the keys it had; sessions are not brought back.",
  args: {
    name: { type: "positional", description: "The user's name", read: readUserName },
    "dry-run": dryRun,
  },
  examples: [{ line: "bsv user enable bob", about: "Let a user in again" }],
  exits: [4, 5, 8],
  async run(context, { name, "dry-run": isDryRun }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const user = isDryRun
      ? await mustFindUser(scope, name)
      : await changeUser(scope, { name, change: { isDisabled: false }, by: HOST }, run);
    const would = isDryRun ? "would be" : "is";
    await out.answer({ ...userFacts(user), written: !isDryRun }, () => [
      `User ${name} ${would} enabled`,
    ]);
    return "done";
  },
});
