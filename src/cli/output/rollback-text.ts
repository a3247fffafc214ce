// How a rollback is told: each step as a letter, a size, a path and where its content can be had; then what it comes to.
import { collisionKind } from "#core/proof/name-collisions.ts";
import {
  rollbackBytes,
  ROLLBACK_ACTIONS,
  ROLLBACK_CONFLICTS,
  SOURCE_PLACES,
  uncountedKeep,
  type ContentSource,
  type RollbackAction,
  type RollbackConflict,
  type RollbackStep,
  type RollbackTally,
} from "#core/rollback.ts";
import type { ApplySummary } from "#jobs/rollback/apply.ts";
import type { SpaceOfRoot } from "#jobs/rollback/space.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { table, type Column } from "./table.ts";
import { bytesText, countText, plural } from "./units.ts";

export const ROLLBACK_LETTERS: Readonly<Record<RollbackAction, string>> = {
  create: "+",
  overwrite: "M",
  touch: "T",
  delete: "-",
  keep: "=",
  unknown: "U",
};

/** `M!  1.21 GiB  /a/b  (why)`: fixed columns, so that lists stream; `!` where something is against it. */
export function rollbackText(step: RollbackStep, colours: Colours): string {
  const { action, conflict, path, why, source } = step;
  const mark = conflict === null ? " " : colours.red("!");
  const letter = paintOf(action, colours)(ROLLBACK_LETTERS[action]);
  const notes = [
    ...(why === null ? [] : [printable(why)]),
    ...(step.collidesWith === null ? [] : [collisionText(step.collidesWith, step.path)]),
    ...(source === null ? [] : [sourceText(source)]),
  ];
  const note = notes.length === 0 ? "" : `  ${colours.dim(`(${notes.join("; ")})`)}`;
  return `${letter}${mark} ${bytesText(rollbackBytes(step)).padStart(9)}  ${printable(path)}${note}`;
}

function collisionText(other: string, path: string): string {
  const what = collisionKind(other, path) === "case" ? "case" : "composition";
  return `differs only in ${what} from ${printable(other)}`;
}

/** Without `space` the plan is against a snapshot, and no disk was looked at. */
export function rollbackSummaryText(
  tally: RollbackTally,
  space: readonly SpaceOfRoot[] | undefined,
  colours: Colours,
): string[] {
  const actions = ROLLBACK_ACTIONS.filter((action) => tally.counts[action] > 0);
  const columns: Column<RollbackAction>[] = [
    {
      title: "",
      text: (action) => ROLLBACK_LETTERS[action],
      paint: (cell, action) => paintOf(action, colours)(cell),
    },
    { title: "", text: (action) => action },
    { title: "", align: "right", text: (action) => countText(tally.counts[action]) },
    { title: "", align: "right", text: (action) => bytesText(tally.bytes[action]) },
  ];
  const places = SOURCE_PLACES.filter((place) => tally.sources[place] > 0).map(
    (place) =>
      `${countText(tally.sources[place])} ${PLACES[place]} (${bytesText(tally.sourceBytes[place])})`,
  );
  const conflicts = ROLLBACK_CONFLICTS.filter((kind) => tally.conflicts[kind] > 0).map(
    (kind) => `${colours.red("conflict")}  ${countText(tally.conflicts[kind])} ${CONFLICTS[kind]}`,
  );
  return [
    ...(actions.length === 0 ? ["nothing to do"] : table(actions, columns, colours, true)),
    ...(places.length === 0 ? [] : [`content   ${places.join(", ")}`]),
    ...conflicts,
    ...(tally.collisionCount === 0
      ? []
      : [
          `names     ${plural(tally.collisionCount, "path")} would be another's on a file system that knows no case`,
        ]),
    ...(space === undefined ? [NOT_LOOKED_AT] : []),
    ...(space ?? [])
      .filter(({ neededBytes }) => neededBytes > 0)
      .map((root) => spaceText(root, colours)),
  ];
}

/** What a deletion of the plan may still meet. */
export const neededText = (contents: number): string =>
  `needed    ${plural(contents, "content")} wanted outside of --path and not in place there: what holds one stays, though it is listed as going`;

export function appliedText({ done }: ApplySummary, colours: Colours): string[] {
  const restored = done.createdCount + done.overwrittenCount;
  const parts: [number, string][] = [
    [done.touchedCount, "given back their time"],
    [done.deletedCount, "deleted"],
    [done.leftCount, "left that the snapshot has not (--delete takes them away)"],
    [done.unavailableCount, colours.red("unavailable: no copy has their content")],
    [done.refusedCount, colours.red("refused")],
    [done.untimedCount, colours.red("with another time: this file system did not keep theirs")],
    [done.unknownCount, colours.red("unknown, and not touched")],
  ];
  return [
    `restored  ${plural(restored, "file")} (${bytesText(done.restoredBytes)}): ${countText(done.createdCount)} created, ${countText(done.overwrittenCount)} overwritten`,
    ...parts.flatMap(([count, what]) =>
      count === 0 ? [] : [`          ${countText(count)} ${what}`],
    ),
  ];
}

export const tallyFacts = (tally: RollbackTally, isDiskSeen: boolean): object => ({
  counts: isDiskSeen ? tally.counts : uncountedKeep(tally.counts),
  bytes: isDiskSeen ? tally.bytes : uncountedKeep(tally.bytes),
  conflicts: tally.conflicts,
  sources: tally.sources,
  source_bytes: tally.sourceBytes,
  collisions: tally.collisionCount,
});

export const spaceFacts = (space: readonly SpaceOfRoot[]): object[] =>
  space.map(({ path, neededBytes, freeBytes, isEnough }) => ({
    path,
    needed_bytes: neededBytes,
    free_bytes: freeBytes,
    enough: isEnough,
  }));

export const appliedFacts = ({ done }: ApplySummary): object => ({
  created: done.createdCount,
  overwritten: done.overwrittenCount,
  touched: done.touchedCount,
  deleted: done.deletedCount,
  restored_bytes: done.restoredBytes,
  left: done.leftCount,
  unavailable: done.unavailableCount,
  refused: done.refusedCount,
  untimed: done.untimedCount,
  unknown: done.unknownCount,
});

// --- internal ---

const NOT_LOOKED_AT =
  "disk      not looked at: the latest snapshot stands for it, and what stays as it is was not counted";

const PLACES = {
  copy: "in copies",
  here: "on this disk",
  elsewhere: "on other machines",
  nowhere: "nowhere",
} as const;

const CONFLICTS: Readonly<Record<RollbackConflict, string>> = {
  changed_since: "changed since the last snapshot: `bsv scan` records what would be lost",
  in_the_way: "where something else stands",
  case_collision: "whose name this file system takes for another",
  unverifiable: "without a SHA-256 that would prove a copy",
};

function sourceText(source: ContentSource): string {
  switch (source.place) {
    case "copy":
      return `from ${printable(source.path)}`;
    case "here":
      return `on this disk: ${printable(source.path)}`;
    case "elsewhere":
      return `on ${source.machineId}/${source.setName}: ${printable(source.path)}`;
    case "nowhere":
      return "nowhere to be had";
  }
}

function spaceText(
  { path, neededBytes, freeBytes, isEnough }: SpaceOfRoot,
  { red }: Colours,
): string {
  const verdict = isEnough ? "" : red(": not enough");
  return `space     ${printable(path)} needs ${bytesText(neededBytes)}, ${bytesText(freeBytes)} free${verdict}`;
}

function paintOf(action: RollbackAction, { green, red, yellow, dim }: Colours) {
  switch (action) {
    case "create":
      return green;
    case "overwrite":
    case "touch":
      return yellow;
    case "delete":
    case "unknown":
      return red;
    case "keep":
      return dim;
  }
}
