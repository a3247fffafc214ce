// `bsv owner share MACHINE USER`: another user may read the machine, and write nothing.
import { ownerArgs, runOwnerChange } from "#cli/change-owner.ts";
import { defineCommand } from "#cli/command.ts";

export default defineCommand({
  description: "All of its history, and what comes.",
  args: ownerArgs,
  examples: [{ line: "bsv owner share laptop bob", about: "Bob may read it" }],
  exits: [5, 6, 7, 8],
  run: (context, args) => runOwnerChange(context, args, "share"),
});
