// `bsv db backup TARGET`: a consistent copy of the store, while others use it.
import { resolve } from "node:path";
import { defineCommand, dryRun } from "#cli/command.ts";
import { printable } from "#cli/output/escape.ts";
import { bytesText } from "#cli/output/units.ts";
import { backupPlace, backupStore } from "#jobs/store/backup.ts";

export default defineCommand({
  description: `The copy is one file that holds what one moment of the store held; scan, serve and
push may go on meanwhile. It is written beside TARGET, looked through, and then
renamed: TARGET is whole or not there. To use it, put it into a data folder as bsv.db.`,
  args: {
    target: { type: "positional", description: "Where the copy shall be" },
    replace: {
      type: "boolean",
      description: "TARGET may be there already; it stays until the copy is whole",
    },
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv db backup /mnt/usb/bsv.db", about: "Refuses to write over a file" },
    { line: "bsv db backup --replace /mnt/usb/bsv.db", about: "From cron" },
  ],
  exits: [4, 5, 8],
  async run(context, { target: word, replace, "dry-run": isDryRun }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const file = resolve(word);
    const input = { file, mayReplace: replace };
    if (isDryRun) {
      backupPlace(scope, input);
      await out.answer({ file, written: false }, () => [`Would write ${printable(file)}`]);
      return "done";
    }
    const { sizeBytes } = await backupStore(scope, input, run);
    await out.answer({ file, written: true, size: sizeBytes }, () => [
      `Wrote ${printable(file)}, ${bytesText(sizeBytes)}`,
    ]);
    return "done";
  },
});
