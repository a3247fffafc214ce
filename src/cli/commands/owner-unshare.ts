// `bsv owner unshare MACHINE USER`: a user may read the machine no more.
import { ownerArgs, runOwnerChange } from "#cli/change-owner.ts";
import { defineCommand } from "#cli/command.ts";

export default defineCommand({
  description: "Its owner still may; requests under way end with their next page.",
  args: ownerArgs,
  examples: [{ line: "bsv owner unshare laptop bob", about: "Not any more" }],
  exits: [5, 6, 7, 8],
  run: (context, args) => runOwnerChange(context, args, "unshare"),
});
