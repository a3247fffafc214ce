// `bsv rollback SET --to REF`: what would bring the roots back to a snapshot and, with --apply, what does.
import { defineCommand, dryRun } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import type { Outcome } from "#cli/exit.ts";
import { readSetWord, type SetWord } from "#cli/find-set.ts";
import {
  appliedFacts,
  appliedText,
  neededText,
  rollbackSummaryText,
  rollbackText,
  spaceFacts,
  tallyFacts,
} from "#cli/output/rollback-text.ts";
import { snapshotFacts, snapshotLine, type Told } from "#cli/output/snapshot-text.ts";
import { REFERENCE_HELP } from "#cli/reference-arg.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachine, thisMachineId } from "#cli/this-machine.ts";
import type { Backupset } from "#core/config/config.ts";
import { BsvError } from "#core/errors.ts";
import { parseReference, type Reference } from "#core/reference.ts";
import { rollbackLine, RollbackTally, type RollbackStep } from "#core/rollback.ts";
import { resolveReference, resolveSet } from "#db/find-snapshot.ts";
import { rollbackPages } from "#db/comparison/rollback.ts";
import type { Scope } from "#db/scope.ts";
import { latestSnapshot, type SnapshotRow } from "#db/snapshots.ts";
import { absolutePath } from "#disk/backupset-paths.ts";
import { findHome } from "#disk/home.ts";
import { applyRollback } from "#jobs/rollback/apply.ts";
import type { RollbackInput } from "#jobs/rollback/roots.ts";
import { RollbackPlan } from "#jobs/rollback/rollback.ts";

export default defineCommand({
  description: `Compares this disk with the snapshot and prints the plan; only --apply changes
anything.

${REFERENCE_HELP}

+ create   M overwrite   T set the time only   - delete   U unknown, never touched
! something is against it: it is left alone. A content that no snapshot
has recorded is never overwritten or deleted: bsv scan first.

--from DIR names a folder with copies. It may hold what a root holds, the roots
by their names, or whole paths (DIR/home/me/…). A copy is taken only if its
bytes have the recorded SHA-256; so is a file elsewhere on this disk. What is
stopped, by whatever, goes on when the same is said again.`,
  args: {
    set: {
      type: "positional",
      description:
        "SET or MACHINE/SET; of another machine, the latest snapshot stands for its disk",
      read: readSetWord,
    },
    to: {
      type: "string",
      required: true,
      valueHint: "REF",
      description: "The snapshot to go back to, such as latest~1 or 2026-11-01",
      read: parseReference,
    },
    path: { type: "string", valueHint: "PATH", description: "Only this file, or what is below it" },
    from: {
      type: "string",
      multiple: true,
      valueHint: "DIR",
      description: "A folder with copies",
    },
    apply: { type: "boolean", description: "Carry the plan out" },
    delete: {
      type: "boolean",
      description: "With --apply: take away what the snapshot has not, and folders left empty",
    },
    recorded: {
      type: "boolean",
      description: "Compare with the latest snapshot instead of this disk",
    },
    all: { type: "boolean", description: "List also what stays as it is" },
    remote: remoteInstead,
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv rollback project-data --to 2026-11-01", about: "What it would take" },
    {
      line: "bsv rollback project-data --to latest --from /mnt/backup --apply",
      about: "Bring back what was lost since the last scan",
    },
    {
      line: "bsv rollback photos --to latest~3 --path ~/photos/2024 --from /mnt/a --from /mnt/b --apply",
      about: "A part, from two copies",
    },
    {
      line: "bsv rollback nas/photos --to latest~1 --remote default --json",
      about: "Another machine's plan, as its server knows it",
    },
  ],
  exits: [3, 5, 6, 7, 8],
  json: "events",
  async run(context, args) {
    const isApplied = args.apply && !args["dry-run"];
    refuseSenseless(args);
    const bases = { baseDir: process.cwd(), userDir: findHome(process.env).userDir };
    const path = args.path === undefined ? undefined : absolutePath(args.path, bases);
    const history = await remoteHistory(context, args.remote);
    if (history !== undefined) {
      const own = await thisMachineId(context);
      const to = await history.resolve(ofSet(args.to, args.set), own);
      return tellPlan(context, to, history.rollback(to, path), args.all);
    }
    const scope = await context.existingStore();
    const set = await resolveSet(scope, args.set);
    const target = await resolveReference(scope, ofSet(args.to, set));
    const isOwn = set.machineId === (await thisMachine(context, scope)).machineId;
    if (!isOwn || args.recorded) {
      if (args.apply || args.from.length > 0) throw notHere(isOwn, set.machineId);
      return tellPlan(context, target, recordedSteps(scope, target, path), args.all);
    }
    const definition = await definitionOf(context, set.setName);
    if (definition === undefined && args.delete) throw rulesUnknown(set.setName);
    if (definition === undefined && !args.apply) {
      context.out.warn(`${UNKNOWN_RULES} ${set.setName}: what they leave out is planned to go`);
    }
    const input: RollbackInput = {
      target,
      definition,
      dataDir: (await context.dataDir()).value,
      path,
      copies: args.from.map((word) => absolutePath(word, bases)),
    };
    if (isApplied) return applied(context, scope, input, args.delete);
    const plan = await RollbackPlan.open(scope, input, context.run);
    return tellPlan(context, target, plan.pages(), args.all, plan);
  },
});

// --- internal ---

/** The plan, as it comes, and what it comes to. What could not be seen makes it incomplete; without `disk` none was looked at. */
async function tellPlan(
  { out, run }: Context,
  to: Told,
  pages: AsyncIterable<readonly RollbackStep[]>,
  isAll: boolean,
  disk?: RollbackPlan,
): Promise<Outcome> {
  await tellTarget(out, to, run.now());
  const tally = new RollbackTally();
  let written = 0;
  for await (const page of pages) {
    for (const step of page) tally.add(step);
    const steps = isAll ? page : page.filter(({ action }) => action !== "keep");
    const lines = steps.map((step) =>
      out.isJson
        ? `{"type":"step",${rollbackLine(step).slice(1)}\n`
        : `${rollbackText(step, out.colours)}\n`,
    );
    if (lines.length > 0) await out.write(lines.join(""));
    written += lines.length;
  }
  const roots = disk?.space();
  const wantedOutside = disk?.wantedOutside.size ?? null;
  if (!out.isJson) {
    const summary = rollbackSummaryText(tally, roots, out.colours);
    if (wantedOutside && tally.counts.delete > 0) summary.push(neededText(wantedOutside));
    await out.write(`${written === 0 ? "" : "\n"}${summary.join("\n")}\n`);
  }
  const facts = tallyFacts(tally, disk !== undefined);
  await out.event("summary", {
    applied: false,
    ...facts,
    wanted_outside: wantedOutside,
    roots: spaceFacts(roots ?? []),
  });
  return tally.counts.unknown > 0 || disk?.isBlind === true ? "incomplete" : "done";
}

async function applied(
  { out, run }: Context,
  scope: Scope,
  input: RollbackInput,
  isDeleting: boolean,
): Promise<Outcome> {
  await tellTarget(out, input.target, run.now());
  const summary = await applyRollback(scope, { ...input, isDeleting }, run);
  if (!out.isJson) await out.write(`${appliedText(summary, out.colours).join("\n")}\n`);
  const plan = tallyFacts(summary.plan, true);
  await out.event("summary", { applied: true, ...appliedFacts(summary), plan });
  return summary.isComplete ? "done" : "incomplete";
}

async function tellTarget(out: Context["out"], to: Told, nowMs: number): Promise<void> {
  await out.event("rollback", { to: snapshotFacts(to) });
  if (!out.isJson) await out.write(`to  ${snapshotLine(to, nowMs)}\n\n`);
}

async function* recordedSteps(
  scope: Scope,
  target: SnapshotRow,
  path: string | undefined,
): AsyncGenerator<RollbackStep[]> {
  const latest = await latestSnapshot(scope, target);
  if (latest === undefined)
    throw new BsvError("not_found", "There is no latest snapshot to start from");
  yield* rollbackPages(scope, { target, latest, path });
}

/** The set as the backupset file has it. A file that cannot be used is no reason not to restore. */
async function definitionOf(context: Context, setName: string): Promise<Backupset | undefined> {
  try {
    return (await context.config())?.backupsets.get(setName);
  } catch (error) {
    if (!(error instanceof BsvError) || error.code !== "config_invalid") throw error;
    context.out.warn("The backupset file cannot be used, so none of its rules is known");
    return undefined;
  }
}

function ofSet(reference: Reference, set: SetWord): Reference {
  const { machineId = set.machineId, setName = set.setName } = reference;
  if (setName === set.setName && machineId === set.machineId)
    return { ...reference, machineId, setName };
  throw new BsvError("usage", `--to names a snapshot of another backupset than ${set.setName}`);
}

function refuseSenseless(args: {
  readonly apply: boolean;
  readonly delete: boolean;
  readonly from: readonly string[];
  readonly remote: string | undefined;
}): void {
  if (args.remote !== undefined && (args.apply || args.from.length > 0)) {
    throw new BsvError("usage", "A remote has no disk: --apply and --from are about this one", {
      hint: "bsv pull fetches the history; then say the same without --remote",
    });
  }
  if (args.delete && !args.apply) throw new BsvError("usage", "--delete is said with --apply");
}

const UNKNOWN_RULES = "No backupset file tells the rules of";

/** What the rules leave out stands in no snapshot, like what came later: only they tell the two apart. */
const rulesUnknown = (setName: string): BsvError =>
  new BsvError("usage", `${UNKNOWN_RULES} ${setName}: --delete could take what they leave out`, {
    hint: "Nothing was changed; name the backupset file with --file, or leave out --delete",
  });

const notHere = (isOwn: boolean, machineId: string): BsvError =>
  isOwn
    ? new BsvError("usage", "--recorded only plans: --apply and --from are about this disk")
    : new BsvError("usage", `This is not ${machineId}: its files are not on this disk`, {
        hint: `If it is, and was renamed, say so: BSV_MACHINE_ID=${machineId}`,
      });
