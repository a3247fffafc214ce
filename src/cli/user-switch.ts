// `bsv user disable` and `bsv user enable`: one switch, thrown either way.
import { readUserName } from "./access-args.ts";
import { defineCommand, dryRun, type Command } from "./command.ts";
import { userFacts } from "#core/access/access-facts.ts";
import { mustFindUser } from "#db/access/users.ts";
import { changeUser, HOST } from "#jobs/access/user.ts";

interface Position {
  readonly isDisabled: boolean;
  readonly description: string;
  readonly example: { readonly line: string; readonly about: string };
}

export function userSwitch({ isDisabled, description, example }: Position): Command {
  return defineCommand({
    description,
    args: {
      name: { type: "positional", description: "The user's name", read: readUserName },
      "dry-run": dryRun,
    },
    examples: [example],
    exits: [4, 5, 8],
    async run(context, { name, "dry-run": isDryRun }) {
      const { out, run } = context;
      const scope = await context.existingStore();
      const user = isDryRun
        ? await mustFindUser(scope, name)
        : await changeUser(scope, { name, change: { isDisabled }, by: HOST }, run);
      await out.answer({ ...userFacts(user), written: !isDryRun }, () => [
        `User ${name} ${isDryRun ? "would be" : "is"} ${isDisabled ? "disabled" : "enabled"}`,
      ]);
      return "done";
    },
  });
}
