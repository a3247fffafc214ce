// `bsv prune [SET…]`: deletes what retention does not keep. Says of each snapshot its fate and why, and what would be gone for good.
import { defineCommand, dryRun } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { allSets, readSetWord, type SetWord } from "#cli/find-set.ts";
import { pruneThere } from "#cli/prune-there.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { tellDeed, tellGone, tellPlan, tellWish } from "#cli/told-prune.ts";
import { noRules, refuseEmpty, retentionFlags, retentionOf } from "#cli/retention-flags.ts";
import { thisMachine } from "#cli/this-machine.ts";
import { wholeNumber } from "#cli/values.ts";
import { policyOf, retentionText, type RetentionKeys } from "#core/retention/retention-keys.ts";
import type { SetName } from "#db/backupsets.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import { gonePages } from "#db/retention/gone-versions.ts";
import { keepVerdictsAside } from "#db/proof/verdicts.ts";
import { prunePlan, type PrunePlan } from "#db/retention/prune-plan.ts";
import type { Scope } from "#db/scope.ts";
import { judgeSet } from "#jobs/judge.ts";
import { checkPlans, goingIn, prune } from "#jobs/prune.ts";

export default defineCommand({
  description: `The rules are restic's: a snapshot stays as soon as one rule keeps it. They come
from "retention" in the backupset file, or from flags, which replace the file's.
Incomplete, empty, future-dated and suspicious snapshots (see bsv anomalies) never
count: they are judged among themselves. Where agent and receiver disagree about the
time by more than a day, a snapshot stays if either time would keep it.

More than 30 % of a set's snapshots, its last sound one, or the last one with
some content of a set that is suspicious goes only with --yes-remove=N, and
N must be exactly the number that would go. A policy that keeps nothing is refused.`,
  args: {
    set: {
      type: "positional",
      required: false,
      multiple: true,
      description:
        "SET or MACHINE/SET; none: all of the file with rules; with flags: all of this machine",
      read: readSetWord,
    },
    ...retentionFlags,
    "yes-remove": {
      type: "string",
      valueHint: "N",
      description: "This many snapshots shall go, no more and no fewer",
      read: wholeNumber(0),
    },
    versions: {
      type: "boolean",
      description: "List all file versions that would be gone for good",
    },
    "dry-run": dryRun,
    remote: {
      ...remoteInstead,
      description:
        "At this bsv server, or `default`: the plan only, unless --yes-remove says the number",
    },
  },
  examples: [
    { line: "bsv prune --dry-run", about: "What the backupset file's rules would keep, and why" },
    { line: "bsv prune", about: "Do it" },
    {
      line: "bsv prune project-data --keep-daily 7 --keep-weekly 4 --keep-monthly 12",
      about: "Other rules, for one set",
    },
    { line: "bsv prune photos --keep-last 3 --yes-remove=12", about: "Exactly twelve shall go" },
    {
      line: "bsv prune photos --keep-daily 7 --remote default",
      about: "What would go at the server",
    },
    { line: "bsv prune -n --versions --json", about: "The plan as NDJSON, all versions named" },
  ],
  exits: [5, 6, 7, 8],
  json: "events",
  async run(
    context,
    { set: words, versions, "dry-run": isDryRun, "yes-remove": confirmed, remote, ...flags },
  ) {
    const { out, run } = context;
    const history = await remoteHistory(context, remote);
    if (history !== undefined) {
      const keys = retentionOf(flags);
      const wish = { words, keys, versions, confirmed: isDryRun ? undefined : confirmed };
      await pruneThere(context, history, wish);
      return "done";
    }
    const scope = await context.existingStore();
    if (isDryRun) keepVerdictsAside(scope);
    const orders = await ordersOf(context, scope, words, retentionOf(flags));
    const rules = new Map<PrunePlan, string>();
    for (const { set, keys } of orders) {
      await judgeSet(scope, set, run);
      const plan = await prunePlan(scope, set, policyOf(keys), run.now());
      rules.set(plan, retentionText(keys));
    }
    const plans = [...rules.keys()];
    for (const plan of plans) {
      await tellPlan(out, plan, rules.get(plan)!);
      await tellGone(out, plan.gone.versions, gonePages(scope, plan.set, plan.fates), versions);
    }
    const going = goingIn(plans);
    const hasAlarms = plans.some((plan) => plan.alarms.length > 0);
    if (isDryRun) {
      checkPlans(plans, hasAlarms ? going : confirmed);
      await tellWish(out, going, hasAlarms, hasAlarms);
      return "done";
    }
    const { dataDir } = await context.settings();
    const why = (plan: PrunePlan) => `bsv prune: ${rules.get(plan)}`;
    const input = { plans, confirmed, dataDir: dataDir.value, why };
    const { deleted } = await prune(scope, input, run);
    await tellDeed(out, going, deleted, hasAlarms);
    return "done";
  },
});

// --- internal ---

interface Order {
  readonly set: SetName;
  readonly keys: RetentionKeys;
}

/** Which sets by which rules. */
async function ordersOf(
  context: Context,
  scope: Scope,
  words: readonly SetWord[],
  flags: RetentionKeys | undefined,
): Promise<Order[]> {
  const { machineId } = await thisMachine(context, scope);
  const named = new Map<string, SetName>();
  for (const word of words) {
    const set = await resolveSet(scope, word);
    named.set(`${set.machineId}/${set.setName}`, set);
  }
  const sets = named.size > 0 ? [...named.values()] : await allSets(scope, machineId);
  if (flags !== undefined) {
    refuseEmpty(flags);
    return sets.map((set) => ({ set, keys: flags }));
  }
  const config = await context.config();
  const orders = sets.flatMap((set): Order[] => {
    const keys =
      set.machineId === machineId ? config?.backupsets.get(set.setName)?.retention : undefined;
    if (keys === undefined && named.size > 0) throw noRules(`${set.machineId}/${set.setName}`);
    return keys === undefined ? [] : [{ set, keys }];
  });
  if (orders.length === 0) throw noRules("any backupset that has snapshots");
  return orders;
}
