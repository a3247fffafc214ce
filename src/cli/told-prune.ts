// A prune as it is told, here and at a remote: the plan of each set, then what would be done or was.
import { timestampText } from "#core/timestamp.ts";
import type { Output } from "./output/output.ts";
import { planText, type ToldPlan } from "./output/prune-text.ts";
import { plural } from "./output/units.ts";

export async function tellPlan(out: Output, plan: ToldPlan, rules: string): Promise<void> {
  const { set, verdicts, gone, alarms } = plan;
  const names = { machine_id: set.machineId, backupset_name: set.setName };
  const kept = verdicts.filter(({ isKept }) => isKept).length;
  await out.event("plan", { ...names, rules, kept, going: verdicts.length - kept, gone, alarms });
  for (const { snapshot, isKept, reasons, flaw } of verdicts) {
    await out.event("snapshot", {
      snapshot_id: snapshot.snapshotId,
      timestamp: timestampText(snapshot.timestampMs),
      ...names,
      keep: isKept,
      reasons,
      flaw,
    });
  }
  if (!out.isJson) await out.write(`${planText(plan, rules, out.colours).join("\n")}\n`);
}

/** What would be done. `isNumberNeeded`: only with the exact number. */
export async function tellWish(
  out: Output,
  going: number,
  hasAlarms: boolean,
  isNumberNeeded: boolean,
): Promise<void> {
  await out.event("summary", { going, deleted: 0, needs_confirmation: hasAlarms });
  if (out.isJson) return;
  const flag = isNumberNeeded ? `, with --yes-remove=${going}` : "";
  await out.write(`Would delete ${plural(going, "snapshot")}${flag}; nothing was changed\n`);
}

export async function tellDeed(
  out: Output,
  going: number,
  deleted: number,
  hasAlarms: boolean,
): Promise<void> {
  await out.event("summary", { going, deleted, needs_confirmation: hasAlarms });
  if (!out.isJson) await out.write(`Deleted ${plural(deleted, "snapshot")}\n`);
}
