// A prune's plan for people: each snapshot with its fate and why; then what would be gone for good.
import type { Verdict } from "#core/retention/prune-plan.ts";
import type { GoneVersion } from "#core/retention/gone-version.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { shortId, timeText } from "./snapshot-text.ts";
import { table } from "./table.ts";
import { bytesText, plural } from "./units.ts";

/** A plan of this store, or of a remote. */
export interface ToldPlan {
  readonly set: SetName;
  readonly verdicts: readonly ToldVerdict[];
  readonly gone: { readonly versions: number; readonly bytes: number };
  readonly alarms: readonly string[];
}

type ToldVerdict = Pick<Verdict, "isKept" | "flaw"> & {
  readonly reasons: readonly string[];
  readonly snapshot: { readonly snapshotId: string; readonly timestampMs: number };
};

export function planText(plan: ToldPlan, rules: string, colours: Colours): string[] {
  const { set, verdicts, gone, alarms } = plan;
  const kept = verdicts.filter(({ isKept }) => isKept).length;
  const name = `${set.machineId}/${set.setName}`;
  return [
    colours.bold(`${name}: ${kept} of ${plural(verdicts.length, "snapshot")} kept by ${rules}`),
    ...table(
      verdicts,
      [
        { title: "ID", text: ({ snapshot }) => shortId(snapshot.snapshotId) },
        { title: "TIME", text: ({ snapshot }) => timeText(snapshot.timestampMs) },
        {
          title: "FATE",
          text: ({ isKept }) => (isKept ? "keep" : "drop"),
          paint: (cell, { isKept }) => (isKept ? cell : colours.red(cell)),
        },
        { title: "WHY", text: whyText },
      ],
      colours,
    ),
    `gone for good: ${plural(gone.versions, "file version")}, ${bytesText(gone.bytes)}`,
    ...alarms.map((alarm) => `${colours.yellow("needs a confirmation")}: ${alarm}`),
  ];
}

/** Why it is kept or not. */
export function whyText({ reasons, flaw }: Pick<ToldVerdict, "reasons" | "flaw">): string {
  const why = reasons.length === 0 ? "no rule keeps it" : reasons.join(", ");
  return flaw === null ? why : `${why} (${flaw}: judged among its like)`;
}

export function goneText({ entry, fromMs, isContentKept }: GoneVersion): string {
  const content = isContentKept === false ? ", content recorded nowhere else in the set" : "";
  const size = entry.sizeBytes === null ? "" : `, ${bytesText(entry.sizeBytes)}`;
  return `  ${printable(entry.path)} of ${timeText(fromMs)}${size}${content}`;
}
