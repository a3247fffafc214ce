// `bsv owner show MACHINE`: whose it is on this server, and who else may read it.
import { readMachine } from "#cli/access-args.ts";
import { defineCommand } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { ownerText } from "#cli/output/owner-text.ts";
import { ownershipFacts } from "#core/access/access-facts.ts";

export default defineCommand({
  args: {
    machine: { type: "positional", description: "The machine's name", read: readMachine },
    remote: deskFlag,
  },
  examples: [{ line: "bsv owner show laptop", about: "Whose key reserved the name first" }],
  exits: [5, 6, 7],
  async run(context, { machine, remote }) {
    const found = await (await deskOf(context, remote)).ownership(machine);
    await context.out.answer(ownershipFacts(found), () => [ownerText(found)]);
    return "done";
  },
});
