// `bsv validate`: everything that is wrong with snapshot documents, or with a backupset file.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import type { Outcome } from "#cli/exit.ts";
import { printable } from "#cli/output/escape.ts";
import { failureOf } from "#cli/output/failure.ts";
import { shortId } from "#cli/output/snapshot-text.ts";
import { plural } from "#cli/output/units.ts";
import { problemFacts, problemText } from "#core/config/config-problem.ts";
import { BsvError } from "#core/errors.ts";
import { parseReference, type Reference } from "#core/reference.ts";
import { parseTimestamp } from "#core/timestamp.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import { loadBackupsetFile, readText } from "#disk/backupset-file.ts";
import { findHome } from "#disk/home.ts";
import { isThere } from "#disk/whole-file.ts";
import { checkConfig } from "#jobs/check-config.ts";
import type { CheckedDocument } from "#jobs/validate/document-check.ts";
import { parentLink, type ParentLink } from "#jobs/validate/parent.ts";
import { validateFile, validateStored } from "#jobs/validate/validate.ts";

export default defineCommand({
  description: `Of a snapshot document: schema, order, doubled paths, impossible values; ids and
tree_hash are computed anew, the summary is counted anew, the parent is looked for.
The minimal shape that any script can write is fine. All problems are told with their
lines, not only the first. A file (- for standard input) or a snapshot of the store.

With --set, of a backupset file: rules that match nothing, roots that are not there or
stand in two sets, and what no rule reaches: mounts, sockets, devices below the roots.
Reads names, opens no file.`,
  args: {
    document: {
      type: "positional",
      required: false,
      multiple: true,
      valueHint: "FILE|REF",
      description: "Documents, plain or compressed, JSON or NDJSON; or snapshots of the store",
    },
    set: { type: "string", valueHint: "FILE", description: "Validate this backupset file" },
  },
  examples: [
    { line: "bsv validate snapshot.json", about: "A document" },
    { line: "bsv validate Snapshots/*/*/*.json --json", about: "Many; events, then a summary" },
    { line: "bsv validate latest", about: "What the store would export" },
    { line: "bsv validate --set bsv.yaml", about: "A backupset file" },
  ],
  exits: [3, 4, 5],
  json: "events",
  async run(context, { document: words, set }) {
    if (set !== undefined) {
      if (words.length === 0) return validateSet(context, set);
      throw new BsvError("usage", "--set is about a backupset file, and takes no documents");
    }
    if (words.length > 0) return validateDocuments(context, words);
    throw new BsvError("usage", "Nothing is named to validate", {
      hint: "Name a document, a snapshot such as latest, or --set FILE",
    });
  },
});

// --- internal ---

async function validateDocuments(context: Context, words: readonly string[]): Promise<Outcome> {
  const { out, run } = context;
  const checked: { word: string; document: CheckedDocument }[] = [];
  let unread = 0;
  for (const word of words) {
    run.signal.throwIfAborted();
    const reference = word === "-" || isThere(word) ? undefined : asReference(word);
    try {
      checked.push({ word, document: await validateOne(context, word, reference) });
    } catch (error) {
      if (words.length === 1 || !isOfOne(error)) throw error;
      unread++;
      await out.event("unread", { document: word, ...failureOf(error) });
      if (!out.isJson) out.warn(`${printable(word)}: ${error.message} [${error.code}]`);
    }
  }
  const times = new Map(
    checked.flatMap(({ document: { snapshotId, header } }) => {
      const ms =
        typeof header.timestamp === "string" ? parseTimestamp(header.timestamp) : undefined;
      return snapshotId === undefined || ms === undefined ? [] : [[snapshotId, ms] as const];
    }),
  );
  const scope = await context.storeIfAny();
  let invalid = 0;
  for (const { word, document } of checked) {
    const parent = await parentLink(scope, document.header, times);
    const isValid = document.problemCount === 0 && parent.problem === undefined;
    if (!isValid) invalid++;
    await out.event("document", factsOf(word, document, parent, isValid));
    if (!out.isJson) await out.write(`${textOf(word, document, parent).join("\n")}\n`);
  }
  await out.event("summary", { documents: words.length, invalid, unread });
  return invalid > 0 ? "findings" : unread > 0 ? "incomplete" : "done";
}

async function validateOne(
  context: Context,
  word: string,
  reference: Reference | undefined,
): Promise<CheckedDocument> {
  if (reference === undefined) return validateFile(word, context.run);
  const scope = await context.existingStore();
  return validateStored(scope, await resolveReference(scope, reference), context.run);
}

/** Trouble with finding this one, not with the store or the disk. */
function isOfOne(error: unknown): error is BsvError {
  return error instanceof BsvError && ["not_found", "usage", "ambiguous"].includes(error.code);
}

/** What is no file may be a snapshot's name; what is neither is taken for a file, which is not there. */
function asReference(word: string): Reference | undefined {
  try {
    return parseReference(word);
  } catch (error) {
    if (error instanceof BsvError && error.code === "usage") return undefined;
    throw error;
  }
}

function factsOf(
  word: string,
  document: CheckedDocument,
  parent: ParentLink,
  isValid: boolean,
): object {
  const { snapshotId, isForeign, entryCount, problems, problemCount, unchecked } = document;
  return {
    document: word,
    valid: isValid,
    ...(snapshotId === undefined ? {} : { snapshot_id: snapshotId }),
    shape: isForeign ? "minimal" : "format 1",
    entries: entryCount,
    problems: [
      ...problems,
      ...(parent.problem === undefined ? [] : [{ line: 1, problem: parent.problem }]),
    ],
    problem_count: problemCount + (parent.problem === undefined ? 0 : 1),
    unchecked,
    parent: parent.state,
  };
}

function textOf(word: string, document: CheckedDocument, parent: ParentLink): string[] {
  const { snapshotId, isForeign, entryCount, problems, problemCount, unchecked } = document;
  const name = printable(word);
  const all = parent.problem === undefined ? problemCount : problemCount + 1;
  const more = problemCount - problems.length;
  const shape = isForeign ? "minimal shape" : `format 1, ${shortId(snapshotId ?? "")}`;
  return [
    ...problems.map(
      ({ line, problem, path }) =>
        `${name}:${line}: ${printable(problem)}${path === undefined ? "" : ` (${printable(path)})`}`,
    ),
    ...(parent.problem === undefined ? [] : [`${name}: ${parent.problem}`]),
    ...(more > 0 ? [`${name}: … and ${plural(more, "problem")} more`] : []),
    ...unchecked.map((text) => `${name}: not checked: ${text}`),
    ...(parent.state === "unknown"
      ? [`${name}: not checked: its parent ${shortId(parent.parentId!)}, which is not at hand`]
      : []),
    `${name}: ${shape}, ${plural(entryCount, "entry", "entries")}: ${all === 0 ? "valid" : plural(all, "problem")}`,
  ];
}

async function validateSet(context: Context, file: string): Promise<Outcome> {
  const { out, run } = context;
  const { resolve } = await import("node:path");
  const place = resolve(file);
  const config = loadBackupsetFile(place, findHome(process.env).userDir);
  const { value: dataDir } = await context.dataDir();
  const sets = await checkConfig(config, dataDir, run);
  const text = readText(place);
  let count = 0;
  for (const { name, entryCount, problems, warnings, unreached } of sets) {
    const found = [...problems, ...warnings];
    const others = Object.entries(unreached.counts).filter(([reason]) => reason !== "own_data");
    const unreachedCount = others.reduce((sum, [, number]) => sum + number, 0);
    count += found.length;
    await out.event("set", {
      backupset_name: name,
      entries: entryCount,
      problems: found.map(problemFacts),
      unreached: unreached.counts,
      mounts: unreached.mounts,
    });
    if (out.isJson) continue;
    const lines = found.flatMap((problem) => [...problemText(text, problem).split("\n"), ""]);
    const kinds = others.map(([reason, number]) => `${number} ${reason}`).join(", ");
    const mounts = unreached.mounts
      .slice(0, 10)
      .map((mount) => `  not entered: ${printable(mount)}`);
    await out.write(
      `${[
        ...lines,
        `${name}: ${plural(entryCount, "entry", "entries")}, ${found.length === 0 ? "nothing wrong" : plural(found.length, "problem")}`,
        ...(unreachedCount > 0 ? [`  in no snapshot, by no rule: ${kinds}`] : []),
        ...mounts,
      ].join("\n")}\n`,
    );
  }
  await out.event("summary", { file: place, sets: sets.length, problems: count });
  return count === 0 ? "done" : "findings";
}
