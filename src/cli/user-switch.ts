// `bsv user disable` and `bsv user enable`: one switch, thrown either way.
import { readUserName } from "./access-args.ts";
import { defineCommand, dryRun, type Command } from "./command.ts";
import { deskFlag, deskOf } from "./desk.ts";
import { userFacts } from "#core/access/access-facts.ts";

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
      remote: deskFlag,
      "dry-run": dryRun,
    },
    examples: [example],
    exits: [4, 5, 6, 7, 8],
    async run(context, { name, remote, "dry-run": isDryRun }) {
      const desk = await deskOf(context, remote);
      const user = await (isDryRun ? desk.user(name) : desk.switchUser(name, isDisabled));
      await context.out.answer({ ...userFacts(user), written: !isDryRun }, () => [
        `User ${name} ${isDryRun ? "would be" : "is"} ${isDisabled ? "disabled" : "enabled"}`,
      ]);
      return "done";
    },
  });
}
