// A prune as it is told, here and at a remote: the plan of each set, then what would be done or was.
import { goneLine, type GoneVersion } from "#core/retention/gone-version.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Output } from "./output/output.ts";
import { goneText, planText, type ToldPlan } from "./output/prune-text.ts";
import { plural } from "./output/units.ts";

/** Versions named unless all are wanted. */
const SOME = 10;

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

/** The versions that would be gone, or the first few; `pages` are not asked for where none is told. */
export async function tellGone(
  out: Output,
  total: number,
  pages: AsyncIterable<readonly GoneVersion[]>,
  isEvery: boolean,
): Promise<void> {
  if (total === 0 || (out.isJson && !isEvery)) return;
  let told = 0;
  for await (const page of pages) {
    const some = isEvery ? page : page.slice(0, SOME);
    const lines = some.map((version) =>
      out.isJson ? `{"type":"gone",${goneLine(version).slice(1)}` : goneText(version),
    );
    if (lines.length > 0) await out.write(`${lines.join("\n")}\n`);
    told += some.length;
    if (!isEvery) break;
  }
  if (!out.isJson && told < total) {
    await out.write(`  and ${total - told} more; --versions lists all\n`);
  }
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
