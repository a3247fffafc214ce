// `bsv diff [FROM] [TO]`: what changed between two snapshots, of whatever time, set or machine.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { compared, type Comparison } from "#cli/compared.ts";
import { readSetWord } from "#cli/find-set.ts";
import {
  changeSummaryFacts,
  changeSummaryText,
  changeText,
  statTable,
} from "#cli/output/change-text.ts";
import { printable } from "#cli/output/escape.ts";
import type { Output } from "#cli/output/output.ts";
import { snapshotFacts, snapshotLine } from "#cli/output/snapshot-text.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { remoteInstead } from "#cli/remote.ts";
import { refuseNoSize } from "#cli/size-range.ts";
import { pathPattern, size, wholeNumber } from "#cli/values.ts";
import {
  CHANGE_KINDS,
  ChangeTally,
  fileChangeLine,
  type ChangeKind,
  type FileChange,
} from "#core/changes.ts";
import type { Collision } from "#core/collisions.ts";
import type { SnapshotHeader } from "#core/document.ts";
import { BsvError } from "#core/errors.ts";
import { FolderRollUp } from "#core/folder-roll-up.ts";
import { keyOfPath } from "#core/order.ts";
import { parseRootPair, RootMap } from "#core/root-map.ts";
import { nearest } from "#core/suggest.ts";

const kind = { type: "string", multiple: true, valueHint: "KIND", read: readKind } as const;

export default defineCommand({
  description: `${REFERENCE_HELP}
Without TO it is compared with the latest of the same backupset; without either,
the latest with the one before.

+ added    - removed   M modified   T touched: the content is the same
R moved    C copied    ? corrupted: other content, though size and mtime are not
U unknown: could not be read or listed in one of the two

With --disk the files are walked as for a scan, by the rules of the backupset
file, and read where size, mtime or inode differ; nothing is stored.

A move or copy has the same content, and is no empty file. Content is compared by
the checksums recorded; the last line says how many of them were read.`,
  args: {
    from: {
      ...reference,
      required: false,
      description: "The earlier snapshot (default: latest~1)",
    },
    to: { ...reference, required: false, description: "The later snapshot (default: latest)" },
    set: {
      type: "string",
      valueHint: "SET",
      description: "SET or MACHINE/SET of references that name none",
      read: readSetWord,
    },
    disk: {
      type: "boolean",
      description: "Compare FROM (default: latest) with what is on disk now",
    },
    map: {
      type: "string",
      multiple: true,
      valueHint: "OLD=NEW",
      description:
        "What lies below OLD in FROM is compared with what lies below NEW in TO; nothing else is",
      read: readPair,
    },
    only: { ...kind, description: "Only changes of this kind" },
    path: {
      type: "string",
      valueHint: "GLOB",
      description:
        "Only paths that fit: * but /, ** anything, ? one character; below any folder, unless it begins with /",
      read: pathPattern,
    },
    "min-size": {
      type: "string",
      valueHint: "SIZE",
      description: "Only from this size on",
      read: size,
    },
    "max-size": {
      type: "string",
      valueHint: "SIZE",
      description: "Only up to this size",
      read: size,
    },
    stat: { type: "boolean", description: "Only how much changed in each folder" },
    depth: {
      type: "string",
      valueHint: "N",
      description: "With --stat: so many levels below the roots (default: 2)",
      read: wholeNumber(0),
    },
    portability: {
      type: "boolean",
      description: "Also names in TO that differ only in case or Unicode composition",
    },
    "exit-code": {
      type: "boolean",
      description: "Exit 4 if anything changed, 3 if all that did is unknown",
    },
    "fail-on": { ...kind, description: "Exit 4 if there is a change of this kind" },
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv diff", about: "What changed with the last snapshot" },
    { line: "bsv diff 2026-11-01 latest --stat", about: "Since that day, folder by folder" },
    { line: "bsv diff laptop/photos@latest nas/photos@latest", about: "Two machines" },
    {
      line: "bsv diff laptop/photos@latest nas/photos@latest --map /home/me/photos=/srv/photos",
      about: "The same photos under two roots",
    },
    { line: "bsv diff --disk", about: "What a scan would find" },
    { line: "bsv diff latest~7 --only removed --min-size 100M", about: "Large files that went" },
    { line: "bsv diff --fail-on corrupted --fail-on unknown --json", about: "For a nightly check" },
  ],
  exits: [3, 4, 5, 6, 7],
  json: "events",
  async run(context, args) {
    const { out, run } = context;
    refuseSenseless(args.only, args["fail-on"]);
    refuseNoSize(args);
    if (args.depth !== undefined && !args.stat) {
      throw new BsvError("usage", "--depth is said with --stat", {
        hint: "Say --stat too: it rolls changes up to that depth",
      });
    }
    const map = args.map.length === 0 ? undefined : rootMap(args.map);
    const comparison = await compared(
      context,
      { ...args, map },
      {
        kinds: args.only,
        path: args.path,
        minBytes: args["min-size"],
        maxBytes: args["max-size"],
      },
    );
    const { from, to, isFiltered } = comparison;
    await out.event("diff", { from: snapshotFacts(from), to: to.facts });
    if (!out.isJson) {
      await out.write(`from  ${snapshotLine(from, run.now())}\nto    ${to.line}\n\n`);
    }
    const tally = await tell(context, comparison, args.stat ? (args.depth ?? DEPTH) : undefined);
    if (!out.isJson) {
      const summary = changeSummaryText(tally, to, isFiltered, out.colours);
      await out.write(`${tally.total === 0 ? "" : "\n"}${summary.join("\n")}\n`);
    }
    if (args.portability) await comparison.tellCollisions((found) => tellCollisions(out, found));
    await out.event("summary", changeSummaryFacts(tally, to, isFiltered));
    if (args["fail-on"].some((one) => tally.counts[one] > 0)) return "findings";
    if (!args["exit-code"] || tally.total === 0) return "done";
    return tally.total === tally.counts.unknown ? "incomplete" : "findings";
  },
});

// --- internal ---

const DEPTH = 2;

async function tellCollisions(out: Output, found: readonly Collision[]): Promise<void> {
  for (const { kind, paths } of found) {
    await out.event("portability", { kind, paths });
    const [first, second] = paths.map(printable);
    const why = kind === "case" ? "only the case differs" : "only the composition differs";
    if (!out.isJson) await out.write(`! ${first} and ${second}: ${why}\n`);
  }
}

function readKind(text: string): ChangeKind {
  const found = CHANGE_KINDS.find((one) => one === text);
  if (found !== undefined) return found;
  const near = nearest(text, CHANGE_KINDS);
  throw new BsvError("usage", `${JSON.stringify(text)} is no kind of change`, {
    hint: near === undefined ? `Say one of ${CHANGE_KINDS.join(", ")}` : `Did you mean ${near}?`,
  });
}

function readPair(text: string): [before: string, after: string] {
  const pair = parseRootPair(text);
  if (pair !== undefined) return pair;
  throw new BsvError(
    "usage",
    `${JSON.stringify(text)} does not say which folder stands for which`,
    {
      hint: "Say OLD=NEW with two absolute paths, such as /home/me/photos=/srv/photos",
    },
  );
}

function rootMap(pairs: readonly [before: string, after: string][]): RootMap {
  try {
    return new RootMap(pairs);
  } catch (error) {
    if (error instanceof BsvError) throw new BsvError("usage", `--map: ${error.message}`);
    throw error;
  }
}

/** What is left out fails on nothing: a nightly check would be content for ever. */
function refuseSenseless(only: readonly ChangeKind[], failOn: readonly ChangeKind[]): void {
  const leftOut = only.length === 0 ? undefined : failOn.find((kind) => !only.includes(kind));
  if (leftOut === undefined) return;
  throw new BsvError(
    "usage",
    `--only leaves out ${leftOut}, so --fail-on ${leftOut} would never fail`,
    {
      hint: `Say --only ${leftOut} too, or leave one of them out`,
    },
  );
}

/** Tells the changes one by one, or, to a depth, folder by folder. */
async function tell(
  { out, run }: Context,
  { from, to, pages }: Comparison,
  depth: number | undefined,
): Promise<ChangeTally> {
  const tally = new ChangeTally();
  if (depth === undefined) {
    for await (const changes of pages) {
      run.signal.throwIfAborted();
      for (const change of changes) tally.add(change);
      await out.write(changes.map((change) => `${lineOf(change)}\n`).join(""));
    }
    return tally;
  }
  const { roots = [] } = JSON.parse(from.headerText) as SnapshotHeader;
  const allRoots = [...roots.map(({ path }) => path), ...to.roots];
  const folders = new FolderRollUp(allRoots, depth, () => new ChangeTally());
  for await (const changes of pages) {
    run.signal.throwIfAborted();
    for (const change of changes) {
      tally.add(change);
      const isFolder = (change.after ?? change.before)!.type === "dir";
      const { folder } = keyOfPath(change.path, isFolder);
      for (const total of folders.totalsOf(folder)) total.add(change);
    }
  }
  const rows = folders.rows();
  for (const { folder, total } of rows) {
    await out.event("folder", { path: folder, counts: total.counts, bytes: total.bytes });
  }
  if (!out.isJson && rows.length > 0) {
    await out.write(`${statTable(rows, out.colours).join("\n")}\n`);
  }
  return tally;

  function lineOf(change: FileChange): string {
    if (!out.isJson) return changeText(change, out.colours);
    return `{"type":"change",${fileChangeLine(change).slice(1)}`;
  }
}
