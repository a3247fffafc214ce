// `bsv user disable NAME`: keys and sessions of a user are worth nothing from now on.
import { readUserName } from "#cli/access-args.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import { userFacts } from "#core/access/access-facts.ts";
import { mustFindUser } from "#db/access/users.ts";
import { changeUser, HOST } from "#jobs/access/user.ts";

export default defineCommand({
  description:
    "Requests under way end, too. The user stays in the audit log, and its machines stay its own; `bsv user enable` takes it back.",
  args: {
    name: { type: "positional", description: "The user's name", read: readUserName },
    "dry-run": dryRun,
  },
  examples: [{ line: "bsv user disable bob", about: "Lock a user out, within a second" }],
  exits: [4, 5, 8],
  async run(context, { name, "dry-run": isDryRun }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const user = isDryRun
      ? await mustFindUser(scope, name)
      : await changeUser(scope, { name, change: { isDisabled: true }, by: HOST }, run);
    const would = isDryRun ? "would be" : "is";
    await out.answer({ ...userFacts(user), written: !isDryRun }, () => [
      `User ${name} ${would} disabled`,
    ]);
    return "done";
  },
});
