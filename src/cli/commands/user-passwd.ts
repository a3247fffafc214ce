// `bsv user passwd NAME`: the password a user signs in to the dashboard with.
import { readUserName } from "#cli/access-args.ts";
import { defineCommand } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { readSecret } from "#cli/secret-input.ts";
import { checkedAs, passwordSchema } from "#core/access/access.ts";
import { userFacts } from "#core/access/access-facts.ts";

export default defineCommand({
  description: `Asks for it, unseen, or takes the first line of stdin. Only its argon2id hash is kept.
All sessions of the user end; its keys stay as they are.`,
  args: {
    name: { type: "positional", description: "The user's name", read: readUserName },
    remote: deskFlag,
  },
  examples: [
    { line: "bsv user passwd ada", about: "Asks for the new password" },
    { line: "bsv user passwd ada <password.txt", about: "From a file" },
  ],
  exits: [5, 6, 7, 8],
  async run(context, { name, remote }) {
    const desk = await deskOf(context, remote);
    await desk.user(name);
    const said = await readSecret(context, "New password");
    const user = await desk.setPassword(name, checkedAs("The password", passwordSchema, said));
    await context.out.answer({ ...userFacts(user), written: true }, () => [
      `${name} has a new password`,
    ]);
    return "done";
  },
});
