// `bsv db compact`: gives the space of what was deleted back to the disk.
import { defineCommand, dryRun } from "#cli/command.ts";
import { bytesText } from "#cli/output/units.ts";
import { storeSize } from "#db/stats.ts";
import { compact } from "#jobs/store/compact.ts";

export default defineCommand({
  description: `Writes the store's file anew, in one transaction: stopped or killed, it is as it was.
Needs the store for itself (stop bsv serve), and as much free space again.`,
  args: { "dry-run": dryRun },
  examples: [
    { line: "bsv db compact -n", about: "How much there is to gain" },
    { line: "bsv db compact", about: "Do it" },
  ],
  exits: [5, 8],
  async run(context, { "dry-run": isDryRun }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    if (isDryRun) {
      const { bytes, freeBytes } = await storeSize(scope);
      await out.answer({ before: bytes, free: freeBytes, compacted: false }, () => [
        `Would give back about ${bytesText(freeBytes)} of ${bytesText(bytes)}`,
      ]);
      return "done";
    }
    const { file } = scope.store;
    await scope.store.close();
    const { beforeBytes, afterBytes } = await compact(file, run);
    await out.answer({ before: beforeBytes, after: afterBytes, compacted: true }, () => [
      `${bytesText(afterBytes)}, was ${bytesText(beforeBytes)}`,
    ]);
    return "done";
  },
});
