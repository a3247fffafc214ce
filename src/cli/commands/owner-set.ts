// `bsv owner set MACHINE USER`: the machine and all its history are this user's from now on.
import { ownerArgs, runOwnerChange } from "#cli/change-owner.ts";
import { defineCommand } from "#cli/command.ts";

export default defineCommand({
  description: "Whoever owned it sees it no more, unless it is shared with them.",
  args: ownerArgs,
  examples: [{ line: "bsv owner set laptop bob", about: "Ada's laptop is Bob's now" }],
  exits: [5, 6, 7, 8],
  run: (context, args) => runOwnerChange(context, args, "own"),
});
