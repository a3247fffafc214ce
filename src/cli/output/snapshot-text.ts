// How snapshots look to people, and what --json says of one: the header as it is recorded, its id, and what this store adds.
import type { SnapshotHeader } from "#core/document.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { ageText, bytesText, countText, plural } from "./units.ts";

/** A snapshot of this store, or of a remote, which does not tell its order there, and an old one not all of the others. */
export type Told = Omit<SnapshotRow, Local> & Partial<Pick<SnapshotRow, Local>>;
type Local = "seq" | "receivedAtMs" | "clientId" | "isFutureDated" | "tags" | "verdict";

/** Enough digits to name it, as in git and restic. */
export const shortId = (snapshotId: string): string => snapshotId.slice(0, 8);

/** `2026-11-22 10:33:21Z`: UTC, as references by date are. */
export const timeText = (ms: number): string =>
  `${timestampText(ms).slice(0, -5).replace("T", " ")}Z`;

export function snapshotFacts(row: Told): Record<string, unknown> {
  return {
    snapshot_id: row.snapshotId,
    ...headerOf(row),
    ...(row.clientId ? { client_id: row.clientId } : {}),
    ...(row.seq === undefined ? {} : { seq: row.seq }),
    ...(row.receivedAtMs === undefined ? {} : { received_at: timestampText(row.receivedAtMs) }),
    ...(row.isFutureDated ? { future_dated: true } : {}),
    ...(row.tags?.length ? { tags: row.tags } : {}),
    ...(row.verdict ? { verdict: row.verdict } : {}),
  };
}

/** One line: which it is and what is in it. */
export function snapshotLine(row: Told, nowMs: number): string {
  const { machineId, setName, timestampMs, fileCount, totalSizeBytes } = row;
  const age = ageText(timestampMs, nowMs);
  const content = `${plural(fileCount, "file")}, ${bytesText(totalSizeBytes)}`;
  return `${shortId(row.snapshotId)} of ${machineId}/${setName}, ${timeText(timestampMs)} (${age}): ${content}`;
}

/** What must be said beside numbers that are made of it: nothing where it saw all. */
export function blindnessText(row: Told): string[] {
  const { roots = [], summary } = headerOf(row);
  const unseen = [
    ...(row.errorCount === 0 ? [] : [`${countText(row.errorCount)} unreadable`]),
    ...roots
      .filter(({ state }) => state !== "ok")
      .map(({ path, state }) => `${printable(path)} ${state}`),
  ];
  if (unseen.length === 0 && summary.complete !== false) return [];
  const what = unseen.length === 0 ? "" : `: ${unseen.join(", ")}`;
  return [`${shortId(row.snapshotId)} is incomplete${what}`];
}

/** All that its header says, one fact a line. */
export function snapshotText(row: Told, nowMs: number, colours: Colours): string[] {
  const { summary, roots = [], tool, reread } = headerOf(row);
  const facts: [string, string | undefined][] = [
    ["snapshot", row.snapshotId],
    ["client id", row.clientId ? printable(row.clientId) : undefined],
    ["machine", row.machineId],
    ["backupset", row.setName],
    ["time", `${timestampText(row.timestampMs)} (${ageText(row.timestampMs, nowMs)})`],
    ["received", row.receivedAtMs === undefined ? undefined : timestampText(row.receivedAtMs)],
    ["parent", row.parentId ?? "none"],
    ["tree hash", row.treeHash],
    ["agent", row.agentId === null ? undefined : printable(row.agentId)],
    ["written by", tool === undefined ? undefined : printable(`${tool.name} ${tool.version}`)],
    ["tags", row.tags?.length ? row.tags.join(", ") : undefined],
    ["files", countText(row.fileCount)],
    ["size", `${bytesText(row.totalSizeBytes)} (${countText(row.totalSizeBytes)} bytes)`],
    ["checksums", checksumsText(summary, reread)],
    ["skipped", skippedText(summary)],
    ["errors", row.errorCount === 0 ? "0" : colours.red(countText(row.errorCount))],
    ["complete", completeText(summary, colours)],
    ...roots.map(({ path, state }): [string, string] => {
      const shown = state === "ok" ? "" : colours.red(` (${state}: what lies below it is unknown)`);
      return ["root", printable(path) + shown];
    }),
  ];
  return facts.flatMap(([name, text]) =>
    text === undefined ? [] : [`${name.padEnd(10)}  ${text}`],
  );
}

// --- internal ---

const headerOf = (row: Told): SnapshotHeader => JSON.parse(row.headerText) as SnapshotHeader;

/** How the checksums were obtained: never left open where it is known. */
function checksumsText(summary: SnapshotHeader["summary"], reread: boolean | undefined) {
  const { read_count: read, carried_count: carried } = summary;
  if (read === undefined || carried === undefined) return undefined;
  return `${countText(read)} read, ${countText(carried)} carried${reread === true ? " (all reread)" : ""}`;
}

function skippedText({ skipped = {} }: SnapshotHeader["summary"]): string | undefined {
  const reasons = Object.entries(skipped).filter(([, count]) => count > 0);
  if (reasons.length === 0) return undefined;
  return reasons.map(([reason, count]) => `${countText(count)} ${printable(reason)}`).join(", ");
}

function completeText({ complete }: SnapshotHeader["summary"], colours: Colours) {
  if (complete === undefined) return undefined;
  return complete ? "yes" : colours.red("no");
}
