// `bsv scan`: what is on disk now becomes a snapshot of each set.
import { buildInfo } from "#cli/build-info.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import type { Outcome } from "#cli/exit.ts";
import {
  corruptionLine,
  previewFacts,
  previewText,
  scanFacts,
  scanText,
} from "#cli/output/scan-text.ts";
import { signerOf } from "#cli/signer.ts";
import { thisMachine } from "#cli/this-machine.ts";
import { wholeNumber } from "#cli/values.ts";
import type { Backupset } from "#core/config/config.ts";
import { BsvError, type ErrorCode } from "#core/errors.ts";
import { sanitizeMachineId } from "#core/names.ts";
import { nearest } from "#core/suggest.ts";
import { hostName } from "#disk/home.ts";
import type { ScanInput } from "#jobs/scan/input.ts";
import { previewScan } from "#jobs/scan/preview.ts";
import { scan } from "#jobs/scan/scan.ts";

export default defineCommand({
  description:
    "Reads what is new or changed, carries the checksums of the rest, and stores a snapshot\nof each set. What cannot be read is recorded, and makes the snapshot incomplete.",
  args: {
    set: {
      type: "positional",
      required: false,
      multiple: true,
      description: "Backupsets of the file; without any, all of them",
    },
    reread: {
      type: "boolean",
      description: "Read every file and report those whose content was corrupted",
    },
    "allow-empty": {
      type: "boolean",
      description: "Believe a root that is empty or not there",
    },
    jobs: {
      type: "string",
      valueHint: "N",
      description: "Threads that read (default: one for each processor, at most 8)",
      read: wholeNumber(1),
    },
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv scan", about: "All sets of the backupset file" },
    { line: "bsv scan project-data --reread", about: "One set, believing nothing: finds bit rot" },
    { line: "bsv scan --dry-run", about: "What would be read" },
  ],
  exits: [3, 4, 8],
  json: "events",
  async run(context, args) {
    const { out } = context;
    const sets = setsNamed(args.set, [...(await context.requiredConfig()).backupsets.values()]);
    const perSet = args["dry-run"] ? await previewer(context) : await scanner(context, args.jobs);
    const outcomes: Outcome[] = [];
    const summaries: object[] = [];
    let failure: BsvError | undefined;
    for (const set of sets) {
      try {
        const { outcome, facts } = await perSet(set, {
          reread: args.reread,
          allowEmpty: args["allow-empty"],
        });
        await out.event(args["dry-run"] ? "preview" : "snapshot", facts);
        outcomes.push(outcome);
        summaries.push(facts);
      } catch (error) {
        if (!isOfOneSet(error)) throw error;
        if (failure !== undefined) out.warn(failure.message);
        failure = error;
      }
    }
    if (failure !== undefined && !outcomes.includes("findings")) throw failure;
    if (failure !== undefined) out.warn(failure.message);
    await out.event("summary", { dry_run: args["dry-run"], sets: summaries });
    return worst(outcomes);
  },
});

// --- internal ---

interface Wishes {
  readonly reread: boolean;
  readonly allowEmpty: boolean;
}

type PerSet = (set: Backupset, wishes: Wishes) => Promise<{ outcome: Outcome; facts: object }>;

/** More threads than this only wait for the disk. */
const MAX_DEFAULT_THREADS = 8;

async function scanner(context: Context, jobs: number | undefined): Promise<PerSet> {
  const { out, run } = context;
  const { dataDir, keepDocuments } = await context.settings();
  const scope = await context.store();
  const { machineId, agentId } = await thisMachine(context, scope);
  const threads = jobs ?? Math.min(MAX_DEFAULT_THREADS, navigator.hardwareConcurrency);
  const signer = await signerOf();
  return async (set, wishes) => {
    const input: ScanInput = {
      set,
      machineId,
      agentId,
      dataDir: dataDir.value,
      keepDocuments: keepDocuments.value,
      threads,
      signer,
      tool: { name: "bsv", version: buildInfo.version },
      ...wishes,
    };
    const summary = await scan(scope, input, run);
    for (const corruption of summary.outcome.corrupted) {
      if (!out.isJson) await out.write(`${corruptionLine(corruption, out.colours)}\n`);
    }
    if (!out.isJson) await out.write(`${scanText(summary, out.colours).join("\n")}\n`);
    const { isComplete, outcome, verdict } = summary;
    const isFinding = outcome.corruptedCount > 0 || (verdict?.reasons.length ?? 0) > 0;
    return {
      outcome: isFinding ? "findings" : isComplete ? "done" : "incomplete",
      facts: scanFacts(summary),
    };
  };
}

async function previewer(context: Context): Promise<PerSet> {
  const { out, run } = context;
  const { dataDir, machineId: stated } = await context.settings();
  const scope = await context.existingStore().catch((error: unknown) => {
    if (error instanceof BsvError && error.code === "not_found") return undefined;
    throw error;
  });
  const machineId =
    scope === undefined
      ? (stated.value ?? sanitizeMachineId(hostName()))
      : (await thisMachine(context, scope)).machineId;
  return async (set, wishes) => {
    const preview = await previewScan(
      scope,
      { set, machineId, dataDir: dataDir.value, ...wishes },
      run,
    );
    if (!out.isJson) await out.write(`${previewText(set.name, preview)}\n`);
    const { roots, errorCount } = preview.survey;
    const isComplete =
      errorCount === 0 &&
      preview.missedMinFiles === undefined &&
      roots.every((root) => root.state === "ok");
    return { outcome: isComplete ? "done" : "incomplete", facts: previewFacts(set.name, preview) };
  };
}

function setsNamed(names: readonly string[], known: readonly Backupset[]): readonly Backupset[] {
  if (names.length === 0) return known;
  return [...new Set(names)].map((name) => {
    const set = known.find((candidate) => candidate.name === name);
    if (set !== undefined) return set;
    const all = known.map((candidate) => candidate.name);
    const meant = nearest(name, all);
    throw new BsvError("not_found", `The backupset file has no set ${JSON.stringify(name)}`, {
      hint: meant === undefined ? `It has ${all.join(", ")}` : `Did you mean ${meant}?`,
    });
  });
}

/** Whether the trouble is this set's alone, so that the others are still worth scanning. */
function isOfOneSet(error: unknown): error is BsvError {
  const codes: readonly ErrorCode[] = ["locked", "no_usable_root"];
  return error instanceof BsvError && codes.includes(error.code);
}

function worst(outcomes: readonly Outcome[]): Outcome {
  return (["findings", "incomplete"] as const).find((one) => outcomes.includes(one)) ?? "done";
}
