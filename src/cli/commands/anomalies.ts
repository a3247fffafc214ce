// `bsv anomalies [SET]`: which snapshots are not plausible after the one before them, and why; what a person says to it.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { namedSets, readSetWord, remoteSets, type SetWord } from "#cli/find-set.ts";
import { shortId, timeText } from "#cli/output/snapshot-text.ts";
import { plural } from "#cli/output/units.ts";
import { backtestText, verdictLines, type Backtest } from "#cli/output/verdict-text.ts";
import { pagesOf } from "#cli/pages.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { backtest, limitsAt, type Past } from "#core/proof/anomalies.ts";
import { BsvError } from "#core/errors.ts";
import { parseReference, type Reference } from "#core/reference.ts";
import { timestampText } from "#core/timestamp.ts";
import { verdictFacts, type Verdict } from "#core/proof/verdict.ts";
import type { SetName } from "#db/backupsets.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import { listVerdicts } from "#db/proof/verdicts.ts";
import { accept } from "#jobs/accept.ts";
import { judgeSet } from "#jobs/judge.ts";
import type { RemoteHistory } from "#jobs/remote-history.ts";

export default defineCommand({
  description: `From what was recorded alone, no file is read: files that were deleted, renamed
with one new suffix, rewritten in place with their sizes kept, or a few each day;
a set whose definition shrank. Each is judged against the set's own past.

What comes after a suspicious snapshot is suspicious too, until what it did is undone
or somebody accepts it. Retention never lets a suspicious one take a plausible one's
place. Exit 4 if the newest snapshot of a set is suspicious.`,
  args: {
    set: {
      type: "positional",
      required: false,
      description: "SET or MACHINE/SET; without it all sets",
      read: readSetWord,
    },
    all: { type: "boolean", description: "List every verdict, not only suspicious ones" },
    backtest: {
      type: "boolean",
      description: "Also what the rules would have said of the past, and from where on they speak",
    },
    accept: {
      type: "string",
      valueHint: "REF",
      description: "This snapshot, and all before it, is as it should be",
      read: parseReference,
    },
    why: { type: "string", valueHint: "TEXT", description: "With --accept: what the reason was" },
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv anomalies", about: "What is suspicious in the store, set by set" },
    { line: "bsv anomalies project-data --backtest", about: "How the rules fit this set's past" },
    {
      line: "bsv anomalies --accept 3f786850 --why new-archive",
      about: "It was me",
    },
    { line: "bsv anomalies --remote default", about: "What the server thinks of its snapshots" },
  ],
  exits: [4, 5, 6, 7],
  async run(context, { set, all, backtest: isBacktest, accept: accepted, why, remote }) {
    const { out } = context;
    if ((accepted === undefined) !== (why === undefined)) {
      throw new BsvError("usage", "--accept and --why go together");
    }
    const history = await remoteHistory(context, remote);
    if (isBacktest && history !== undefined) {
      throw new BsvError("usage", "--backtest looks at a store of one's own, not at a remote");
    }
    const source = history
      ? theirs(context, history)
      : ours(context, await context.existingStore());
    if (accepted !== undefined) await source.accept(accepted, why!);
    const told: object[] = [];
    let isSuspicious = false;
    for (const name of await source.sets(set)) {
      const verdicts = await source.verdicts(name);
      const found = { name, verdicts, backtest: isBacktest ? backtestOf(verdicts) : undefined };
      isSuspicious ||= verdicts[0]?.verdict === "suspicious";
      told.push(factsOf(found, all));
      if (!out.isJson) await out.write(`${textOf(found, all, context).join("\n")}\n`);
    }
    if (out.isJson) await out.answer({ sets: told }, () => []);
    return isSuspicious ? "findings" : "done";
  },
});

// --- internal ---

interface Found {
  readonly name: SetName;
  /** Newest first. */
  readonly verdicts: readonly Verdict[];
  readonly backtest: Backtest | undefined;
}

interface Source {
  sets(word: SetWord | undefined): Promise<SetName[]>;
  verdicts(set: SetName): Promise<Verdict[]>;
  accept(reference: Reference, why: string): Promise<void>;
}

function ours({ run }: Context, scope: Scope): Source {
  return {
    sets: (word) => namedSets(scope, word === undefined ? [] : [word]),
    async verdicts(set) {
      await judgeSet(scope, set, run);
      const verdicts: Verdict[] = [];
      for await (const page of pagesOf((at) => listVerdicts(scope, set, at)))
        verdicts.push(...page);
      return verdicts;
    },
    async accept(reference, why) {
      await accept(scope, { row: await resolveReference(scope, reference), why }, run);
    },
  };
}

function theirs(context: Context, history: RemoteHistory): Source {
  return {
    async sets(word) {
      if (word === undefined) return remoteSets(history, undefined);
      const { machineId = await thisMachineId(context), setName } = word;
      return [{ machineId, setName }];
    },
    async verdicts(set) {
      const verdicts: Verdict[] = [];
      for await (const page of history.verdicts(set)) verdicts.push(...page);
      return verdicts;
    },
    async accept(reference, why) {
      await history.accept(await history.resolve(reference, await thisMachineId(context)), why);
    },
  };
}

function backtestOf(verdicts: readonly Verdict[]): Backtest {
  const steps = verdicts.filter(({ measures }) => measures !== null).toReversed();
  const past = steps.map(({ timestampMs, measures, reasons, accepted }): Past => ({
    atMs: timestampMs,
    measures: measures!,
    isPlausible: reasons.length === 0 || accepted !== null,
  }));
  const alarms = backtest(past).flatMap((found, nr) => {
    const { snapshotId, timestampMs } = steps[nr]!;
    return found.length === 0
      ? []
      : [{ snapshotId, timestampMs, kinds: found.map(({ kind }) => kind) }];
  });
  return { steps: steps.length, alarms, limits: limitsAt(past, steps.at(-1)?.timestampMs ?? 0) };
}

/** Those with a reason of their own: what inherits a doubt is only counted. */
const listed = (verdicts: readonly Verdict[], isAll: boolean): readonly Verdict[] =>
  isAll ? verdicts : verdicts.filter(({ reasons }) => reasons.length > 0);

function factsOf({ name, verdicts, backtest: tested }: Found, isAll: boolean): object {
  return {
    machine_id: name.machineId,
    backupset_name: name.setName,
    verdict: verdicts[0]?.verdict ?? null,
    last_plausible: lastPlausible(verdicts)?.snapshotId ?? null,
    verdicts: listed(verdicts, isAll).map(verdictFacts),
    ...(tested && {
      backtest: {
        steps: tested.steps,
        alarms: tested.alarms.map(({ snapshotId, timestampMs, kinds }) => ({
          snapshot_id: snapshotId,
          timestamp: timestampText(timestampMs),
          kinds,
        })),
        limits: tested.limits,
      },
    }),
  };
}

const lastPlausible = (verdicts: readonly Verdict[]): Verdict | undefined =>
  verdicts.find(({ verdict }) => verdict === "plausible");

function textOf({ name, verdicts, backtest: tested }: Found, isAll: boolean, { out }: Context) {
  const { colours } = out;
  return [
    `${colours.bold(`${name.machineId}/${name.setName}`)}: ${stateText(verdicts)}`,
    ...listed(verdicts, isAll).flatMap((one) =>
      verdictLines(one, colours).map((line) => `  ${line}`),
    ),
    ...(tested === undefined ? [] : backtestText(tested, colours).map((line) => `  ${line}`)),
  ];
}

function stateText(verdicts: readonly Verdict[]): string {
  const [newest] = verdicts;
  if (newest === undefined) return "no snapshot was judged yet";
  if (newest.verdict === "plausible") return `plausible, as are ${countText(verdicts)}`;
  const good = lastPlausible(verdicts);
  const inARow = good === undefined ? verdicts.length : verdicts.indexOf(good);
  const last =
    good === undefined
      ? "none was plausible"
      : `the last plausible one is ${shortId(good.snapshotId)} of ${timeText(good.timestampMs)}`;
  return `suspicious, ${plural(inARow, "snapshot")} in a row; ${last}`;
}

function countText(verdicts: readonly Verdict[]): string {
  const plausible = verdicts.filter(({ verdict }) => verdict === "plausible").length;
  return `${plausible} of ${plural(verdicts.length, "snapshot")}`;
}
