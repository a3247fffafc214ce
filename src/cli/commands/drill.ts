// `bsv drill SET --restore-cmd CMD`: a restore test with the user's own tool.
import { defineCommand } from "#cli/command.ts";
import { drillFacts, drillText } from "#cli/output/drill-text.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { absolutePath, size, wholeNumber } from "#cli/values.ts";
import { BsvError } from "#core/errors.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import { systemScratch } from "#disk/scratch.ts";
import { drill } from "#jobs/verify/drill.ts";

export default defineCommand({
  description: `A sample of files, some of each size and kind, is restored into a scratch folder by
your own command; what comes back is hashed against the snapshot, and looked at for
whether it is built as its name says (gzip, zip, tar, sqlite, json, png, jpeg, pdf).
The scratch folder is removed whatever happens. The record, with the time it took,
is kept: by it bsv coverage says how long a restore of all takes. Exit 4 for what came back
wrong or not at all, and for a file that was recorded cut short.

The command is run by a shell in the scratch folder. Which files to restore it gets
on its input and in files named by variables, one name a line:
  BSV_DRILL_DIR       the folder to restore into (also where the command starts)
  BSV_DRILL_PATHS     full paths, as on the input; BSV_DRILL_PATHS0: ended by NULs
  BSV_DRILL_NAMES     without the leading / and without --strip; BSV_DRILL_NAMES0
  BSV_DRILL_PATTERNS  full paths in which * ? [ ] and \\ are escaped
Files may come back below that folder under their full path, without --strip, or
below the set's root. Lines that work:
  restic  sed s/^/--include=/ "$BSV_DRILL_PATTERNS" | xargs -d "\\n" \\
            restic -r REPO restore latest --target "$BSV_DRILL_DIR"
  borg    xargs -0 borg extract REPO::ARCHIVE < "$BSV_DRILL_NAMES0"
  tar     tar -xf FILE --verbatim-files-from --no-unquote -T "$BSV_DRILL_NAMES"
  folder  cd FOLDER && xargs -0 cp -a --parents -t "$BSV_DRILL_DIR" -- \\
            < "$BSV_DRILL_NAMES0"

${REFERENCE_HELP}`,
  args: {
    ref: reference,
    "restore-cmd": {
      type: "string",
      required: true,
      valueHint: "CMD",
      description: "The command line that restores the files it is told",
    },
    copy: {
      type: "string",
      valueHint: "NAME",
      description: "The copy it comes from, as bsv verify names it: what is proven counts for it",
      read: copyName,
    },
    sample: {
      type: "string",
      valueHint: "N",
      default: "100",
      description: "So many files",
      read: wholeNumber(1),
    },
    "max-bytes": {
      type: "string",
      valueHint: "SIZE",
      default: "10G",
      description: "Of so many bytes together, at most",
      read: size,
    },
    strip: {
      type: "string",
      valueHint: "FOLDER",
      description: "The folder that names in the archive are relative to",
      read: absolutePath,
    },
    scratch: {
      type: "string",
      valueHint: "FOLDER",
      description: "Where the scratch folder is made (default: that of the system)",
      read: absolutePath,
    },
  },
  examples: [
    {
      line: "bsv drill latest --copy nas --restore-cmd ./restore.sh",
      about: "A hundred files, by a script of one of the lines above",
    },
    {
      line: "bsv drill docs@latest --sample 300 --max-bytes 50G --restore-cmd ./restore.sh",
      about: "As much as says that fewer than 1 % are bad, if all goes well",
    },
    {
      line: "bsv drill 2026-11-01 --strip /home/me --restore-cmd ./untar.sh --json",
      about: "From an archive whose names are below /home/me",
    },
  ],
  exits: [3, 4, 5],
  async run(context, args) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const row = await resolveReference(scope, args.ref);
    const done = await drill(
      scope,
      {
        row,
        command: args["restore-cmd"],
        copy: args.copy ?? null,
        sample: args.sample,
        maxBytes: args["max-bytes"],
        strip: args.strip ?? "",
        scratch: args.scratch ?? systemScratch(),
      },
      run,
    );
    await out.answer(drillFacts(done), (colours) => drillText(done, colours));
    const { counts, cut } = done.verification;
    const isCut = done.misbuilt.some(({ problem }) => problem === "cut");
    if (counts.corrupted + counts.missing > 0 || isCut) return "findings";
    return cut === null && counts.unreadable + counts.unverifiable === 0 ? "done" : "incomplete";
  },
});

function copyName(text: string): string {
  if (text.length > 0 && text.length <= 4096) return text;
  throw new BsvError("usage", "That is no name for a copy");
}
