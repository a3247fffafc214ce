// `bsv log PATH`: the history of a file, or of all files below a folder.
import { defineCommand } from "#cli/command.ts";
import { readSetWord } from "#cli/find-set.ts";
import { SightingLog } from "#cli/output/sighting-text.ts";
import { remoteInstead } from "#cli/remote.ts";
import { sightings } from "#cli/sightings.ts";
import { absolutePath, checksum, limitOf } from "#cli/values.ts";
import { sightingLine } from "#core/sighting.ts";

export default defineCommand({
  description: `For each version: the first and the last snapshot that saw it, how many did, its
type, size, mtime and checksum; and whether it is gone, or unknown, because the
next snapshot could not look there.`,
  args: {
    path: {
      type: "positional",
      description: "A file or folder, as it was scanned; relative to this folder",
      read: absolutePath,
    },
    set: {
      type: "string",
      valueHint: "SET",
      description: "Only SET or MACHINE/SET; without it all that have the path",
      read: readSetWord,
    },
    checksum: {
      type: "string",
      valueHint: "HEX",
      description: "Only versions with this content",
      read: checksum,
    },
    limit: limitOf("versions"),
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv log report.odt", about: "All versions of a file in this folder" },
    { line: "bsv log /home/me/letters --set laptop/home", about: "Of all files below a folder" },
    { line: "bsv log /etc/passwd --json", about: "As a JSON array, oldest version first" },
  ],
  exits: [5, 6, 7],
  async run(context, { path, set, checksum, limit, remote }) {
    const { out } = context;
    const question = { under: path, checksum, set, limit, remote };
    const pages = sightings(context, question, `Nothing in the history is at ${path}`);
    const log = new SightingLog(out.colours);
    await out.jsonLines(pages, sightingLine, (sighting) => log.lines(sighting).join("\n"));
    return "done";
  },
});
