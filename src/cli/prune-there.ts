// `bsv prune --remote`: the plan, made by the server from what it has; and doing it only with the number of snapshots that shall go.
// The guards are the server's: it plans anew, and refuses any other number.
import { BsvError } from "#core/errors.ts";
import { retentionText, type RetentionKeys } from "#core/retention/retention-keys.ts";
import type { SetName } from "#db/backupsets.ts";
import { refuseKeepingNone } from "#jobs/prune.ts";
import type { RemoteHistory, RemotePrunePlan } from "#jobs/remote-history.ts";
import type { Context } from "./context.ts";
import { remoteSets, type SetWord } from "./find-set.ts";
import { plural } from "./output/units.ts";
import { noRules, refuseEmpty } from "./retention-flags.ts";
import { thisMachineId } from "./this-machine.ts";
import { tellDeed, tellGone, tellPlan, tellWish } from "./told-prune.ts";

interface Wish {
  readonly words: readonly SetWord[];
  /** From flags; else the backupset file's. */
  readonly keys: RetentionKeys | undefined;
  readonly versions: boolean;
  /** So many shall go; undefined: only the plan. */
  readonly confirmed: number | undefined;
}

export async function pruneThere(
  context: Context,
  history: RemoteHistory,
  wish: Wish,
): Promise<void> {
  const { out } = context;
  const planned: { set: SetName; keys: RetentionKeys; plan: RemotePrunePlan; going: number }[] = [];
  for (const { set, keys } of await ordersOf(context, history, wish)) {
    const plan = await history.prunePlan(set, keys);
    await tellPlan(out, { set, ...plan }, retentionText(keys));
    await tellGone(out, plan.gone.versions, history.goneVersions(set, keys), wish.versions);
    const going = plan.verdicts.filter(({ isKept }) => !isKept).length;
    planned.push({ set, keys, plan, going });
  }
  refuseKeepingNone(planned.map(({ set, plan: { verdicts } }) => ({ set, verdicts })));
  const going = planned.reduce((sum, one) => sum + one.going, 0);
  const hasAlarms = planned.some(({ plan }) => plan.alarms.length > 0);
  if (wish.confirmed === undefined) return tellWish(out, going, hasAlarms, true);
  if (wish.confirmed !== going) {
    throw new BsvError("usage", `${plural(going, "snapshot")} would go, not ${wish.confirmed}`, {
      hint: "Nothing was deleted; look again without --yes-remove",
      details: { going, confirmed: wish.confirmed },
    });
  }
  let deleted = 0;
  for (const one of planned) {
    if (one.going > 0) deleted += await history.prune(one.set, one.keys, one.going);
  }
  await tellDeed(out, going, deleted, hasAlarms);
}

// --- internal ---

/** The sets that are named, or all of this machine there; by which rules. */
async function ordersOf(
  context: Context,
  history: RemoteHistory,
  { words, keys: flags }: Wish,
): Promise<{ set: SetName; keys: RetentionKeys }[]> {
  const own = await thisMachineId(context);
  const sets: SetName[] =
    words.length > 0
      ? words.map(({ machineId, setName }) => ({ machineId: machineId ?? own, setName }))
      : (await remoteSets(history, own)).map(({ machineId, setName }) => ({ machineId, setName }));
  if (flags !== undefined) {
    refuseEmpty(flags);
    return sets.map((set) => ({ set, keys: flags }));
  }
  const config = await context.config();
  const orders = sets.flatMap((set) => {
    const keys = set.machineId === own ? config?.backupsets.get(set.setName)?.retention : undefined;
    if (keys === undefined && words.length > 0) throw noRules(`${set.machineId}/${set.setName}`);
    return keys === undefined ? [] : [{ set, keys }];
  });
  if (orders.length === 0) throw noRules("any backupset of this machine there");
  return orders;
}
