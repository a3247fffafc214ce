// Verdicts for people: which snapshots are suspicious and why, which one was plausible last, and what the rules would say of the past.
import { anomalyText, percent, type limitsAt } from "#core/proof/anomalies.ts";
import type { Verdict } from "#core/proof/verdict.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { shortId, timeText } from "./snapshot-text.ts";
import { table } from "./table.ts";
import { plural } from "./units.ts";

/** Why a snapshot is suspicious; nothing of one that is not. */
export function reasonTexts({ verdict, reasons, follows }: Verdict): string[] {
  if (verdict === "plausible") return [];
  return [
    ...reasons.map((reason) => printable(anomalyText(reason))),
    ...(follows === null ? [] : [`it follows on ${shortId(follows)}, which nobody has accepted`]),
  ];
}

/** One fact for a list of facts about a snapshot. */
export function verdictText(one: Verdict | undefined, colours: Colours): string {
  if (one === undefined) return "not judged yet";
  if (one.verdict === "plausible") {
    const { accepted } = one;
    return accepted === null ? "plausible" : `plausible: accepted, ${printable(accepted.why)}`;
  }
  return `${colours.red("suspicious")}: ${reasonTexts(one).join("; ")}`;
}

/** Verdicts of a set, each reason on a line of its own. */
export function verdictLines(one: Verdict, colours: Colours): string[] {
  const word = one.verdict === "suspicious" ? colours.red(one.verdict) : one.verdict;
  const accepted =
    one.accepted === null
      ? ""
      : `, accepted ${timeText(one.accepted.atMs)}: ${printable(one.accepted.why)}`;
  const reasons = one.verdict === "suspicious" ? reasonTexts(one) : [];
  const was =
    one.accepted === null ? [] : one.reasons.map((reason) => printable(anomalyText(reason)));
  return [
    `${shortId(one.snapshotId)}  ${timeText(one.timestampMs)}  ${word}${accepted}`,
    ...[...reasons, ...was].map((text) => `          ${text}`),
  ];
}

export interface Backtest {
  /** Steps of the past that were judged. */
  readonly steps: number;
  readonly alarms: readonly { snapshotId: string; timestampMs: number; kinds: readonly string[] }[];
  readonly limits: ReturnType<typeof limitsAt>;
}

export function backtestText({ steps, alarms, limits }: Backtest, colours: Colours): string[] {
  const rate = steps === 0 ? "" : ` (${percent(alarms.length / steps)})`;
  return [
    `of ${plural(steps, "step")} of the past the rules find ${alarms.length} suspicious${rate}`,
    ...alarms.map(
      ({ snapshotId, timestampMs, kinds }) =>
        `  ${shortId(snapshotId)}  ${timeText(timestampMs)}  ${printable(kinds.join(", "))}`,
    ),
    ...table(
      limits,
      [
        { title: "RULE", text: ({ kind }) => kind },
        { title: "MOST SO FAR", align: "right", text: ({ largest }) => percent(largest) },
        { title: "SPEAKS UP ABOVE", align: "right", text: ({ limit }) => percent(limit) },
        { title: "WHICH IS", text: ({ basis }) => basis },
      ],
      colours,
    ),
  ];
}
