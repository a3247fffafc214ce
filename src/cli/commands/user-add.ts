// `bsv user add NAME`: somebody who may sign in to the server over this store.
import { readUserName } from "#cli/access-args.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { userFacts } from "#core/access/access-facts.ts";

export default defineCommand({
  description: `On the host of the server, whose data folder this is, or anywhere with --remote. A
member sees and touches only machines that its own keys reserved; an admin all.
\`bsv key create\` makes a key, \`bsv user passwd\` a password for browsers.`,
  args: {
    name: { type: "positional", description: "The user's name", read: readUserName },
    admin: { type: "boolean", description: "Make it an admin" },
    remote: deskFlag,
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv user add ada --admin", about: "The first user of a new server" },
    { line: "bsv user add bob", about: "Somebody who sees only his own machines" },
  ],
  exits: [4, 6, 7, 8],
  async run(context, { name, admin: isAdmin, remote, "dry-run": isDryRun }) {
    const { out } = context;
    const role = isAdmin ? "admin" : "member";
    if (isDryRun) {
      await out.answer({ user: name, role, written: false }, () => [`Would add ${role} ${name}`]);
      return "done";
    }
    const desk = await deskOf(context, remote, () => context.store());
    const user = await desk.addUser({ name, isAdmin });
    await out.answer({ ...userFacts(user), written: true }, () => [`Added ${role} ${name}`]);
    return "done";
  },
});
