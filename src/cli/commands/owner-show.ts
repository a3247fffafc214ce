// `bsv owner show MACHINE`: whose it is on this server, and who else may read it.
import { readMachine } from "#cli/access-args.ts";
import { defineCommand } from "#cli/command.ts";
import { ownerText } from "#cli/output/owner-text.ts";
import { ownershipFacts } from "#core/access/access-facts.ts";
import { ownership } from "#db/access/owners.ts";

export default defineCommand({
  args: { machine: { type: "positional", description: "The machine's name", read: readMachine } },
  examples: [{ line: "bsv owner show laptop", about: "Whose key reserved the name first" }],
  exits: [5],
  async run(context, { machine }) {
    const found = await ownership(await context.existingStore(), machine);
    await context.out.answer(ownershipFacts(found), () => [ownerText(found)]);
    return "done";
  },
});
