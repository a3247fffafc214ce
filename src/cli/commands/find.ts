// `bsv find [GLOB]`: files in the history of all backupsets, by name, content, size, time.
import { defineCommand } from "#cli/command.ts";
import { readSetWord } from "#cli/find-set.ts";
import { sightingText } from "#cli/output/sighting-text.ts";
import { remoteInstead } from "#cli/remote.ts";
import { sightings } from "#cli/sightings.ts";
import { refuseNoSize } from "#cli/size-range.ts";
import { absolutePath, checksum, limitOf, moment, pathPattern, size } from "#cli/values.ts";
import { BsvError } from "#core/errors.ts";
import { parseReference, type Revision } from "#core/reference.ts";
import { sightingLine } from "#core/sighting.ts";
import { hashOf } from "#disk/hash-of.ts";

export default defineCommand({
  description: `Says of every version that fits since when and until when it was seen:
= it is still there   M then replaced   - then removed   U then unknown

A pattern that begins with a slash is about whole paths; another fits below any folder:
* stands for anything but /, ** for anything, ? for one character.`,
  args: {
    glob: {
      type: "positional",
      required: false,
      description: "Names or paths that fit",
      read: pathPattern,
    },
    checksum: {
      type: "string",
      valueHint: "HEX",
      description: "Files with this content",
      read: checksum,
    },
    "same-as": {
      type: "string",
      valueHint: "FILE",
      description: "Hashes the file, and tells where its content is or was",
      read: absolutePath,
    },
    "min-size": { type: "string", valueHint: "SIZE", description: "From this size on", read: size },
    "max-size": { type: "string", valueHint: "SIZE", description: "Up to this size", read: size },
    newer: {
      type: "string",
      valueHint: "TIME",
      description: "Modified at this time or later",
      read: moment("start"),
    },
    older: {
      type: "string",
      valueHint: "TIME",
      description: "Modified at this time or earlier",
      read: moment("end"),
    },
    "as-of": {
      type: "string",
      valueHint: "DATE",
      description: "Only what each backupset had then (a date, or latest)",
      read: readAsOf,
    },
    set: {
      type: "string",
      valueHint: "SET",
      description: "Only SET (of any machine) or MACHINE/SET",
      read: readSetWord,
    },
    limit: limitOf("versions"),
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv find '*.odt' --as-of 2026-11-01", about: "What there was on that day" },
    { line: "bsv find --same-as IMG_1234.jpg", about: "Where else this picture is, or was" },
    { line: "bsv find --min-size 1G --as-of latest", about: "Large files, on all machines" },
    { line: "bsv find '/home/**/letters/*' --newer 2026-11-01 --json", about: "For a script" },
  ],
  exits: [5, 6, 7],
  async run(context, args) {
    const { out } = context;
    refuseNoSize(args);
    const sameAs = args["same-as"];
    if (sameAs !== undefined && args.checksum !== undefined) {
      throw new BsvError("usage", "--same-as and --checksum both say which content", {
        hint: "Say one of them",
      });
    }
    const question = {
      glob: args.glob,
      checksum: sameAs === undefined ? args.checksum : await hashOf(sameAs),
      minBytes: args["min-size"],
      maxBytes: args["max-size"],
      mtimeFromMs: args.newer,
      mtimeToMs: args.older,
      asOf: args["as-of"],
      set: args.set,
      limit: args.limit,
      remote: args.remote,
    };
    const pages = sightings(context, question, "Nothing in the history fits");
    await out.jsonLines(pages, sightingLine, (sighting) => sightingText(sighting, out.colours));
    return "done";
  },
});

// --- internal ---

function readAsOf(text: string): Exclude<Revision, { kind: "id" }> {
  const { setName, revision } = parseReference(text);
  if (setName === undefined && revision.kind !== "id") return revision;
  throw new BsvError("usage", `${JSON.stringify(text)} is no time in all backupsets`, {
    hint: "Say a date, latest or latest~3",
  });
}
