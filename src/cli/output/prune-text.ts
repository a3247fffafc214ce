// A prune's plan for people: each snapshot with its fate and why; then what would be gone for good.
import type { Verdict } from "#core/prune-plan.ts";
import type { GoneVersion } from "#db/gone-versions.ts";
import type { PrunePlan } from "#db/prune-plan.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { shortId, timeText } from "./snapshot-text.ts";
import { table } from "./table.ts";
import { bytesText, plural } from "./units.ts";

export function planText(plan: PrunePlan, rules: string, colours: Colours): string[] {
  const { set, verdicts, fates, gone, alarms } = plan;
  const name = `${set.machineId}/${set.setName}`;
  return [
    colours.bold(
      `${name}: ${fates.keptMs.length} of ${plural(verdicts.length, "snapshot")} kept by ${rules}`,
    ),
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
export function whyText({ reasons, flaw }: Verdict): string {
  const why = reasons.length === 0 ? "no rule keeps it" : reasons.join(", ");
  return flaw === null ? why : `${why} (${flaw}: judged among its like)`;
}

export function goneText({ entry, fromMs, isContentKept }: GoneVersion): string {
  const content = isContentKept === false ? ", content recorded nowhere else in the set" : "";
  const size = entry.sizeBytes === null ? "" : `, ${bytesText(entry.sizeBytes)}`;
  return `  ${printable(entry.path)} of ${timeText(fromMs)}${size}${content}`;
}
