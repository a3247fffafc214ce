// `bsv user passwd NAME`: the password a user signs in to the dashboard with.
import { readUserName } from "#cli/access-args.ts";
import { defineCommand } from "#cli/command.ts";
import { readSecret } from "#cli/secret-input.ts";
import { checkedAs, passwordSchema } from "#core/access/access.ts";
import { userFacts } from "#core/access/access-facts.ts";
import { mustFindUser } from "#db/access/users.ts";
import { hashPassword } from "#jobs/access/password.ts";
import { changeUser, HOST } from "#jobs/access/user.ts";

export default defineCommand({
  description: `Asks for it, unseen, or takes the first line of stdin. Only its argon2id hash is kept.
All sessions of the user end; its keys stay as they are.`,
  args: { name: { type: "positional", description: "The user's name", read: readUserName } },
  examples: [
    { line: "bsv user passwd ada", about: "Asks for the new password" },
    { line: "bsv user passwd ada <password.txt", about: "From a file" },
  ],
  exits: [5, 8],
  async run(context, { name }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    await mustFindUser(scope, name);
    const said = await readSecret(context, "New password");
    const passwordHash = await hashPassword(checkedAs("The password", passwordSchema, said));
    const user = await changeUser(scope, { name, change: { passwordHash }, by: HOST }, run);
    await out.answer({ ...userFacts(user), written: true }, () => [`${name} has a new password`]);
    return "done";
  },
});
