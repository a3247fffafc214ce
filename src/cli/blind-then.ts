// What a question "as of" a date cannot answer: where the snapshots that speak for their sets then could not look.
import { BsvError } from "#core/errors.ts";
import type { Revision } from "#core/reference.ts";
import { snapshotAt } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import { FewAtOnce } from "#jobs/few-at-once.ts";
import type { RemoteHistory } from "#jobs/remote-history.ts";
import type { Context } from "./context.ts";
import { allSets, remoteSets, type SetWord } from "./find-set.ts";
import { printable } from "./output/escape.ts";
import { blindnessText, shortId, type Told } from "./output/snapshot-text.ts";

interface AsOf {
  /** Without it, all sets. */
  readonly set: SetWord | undefined;
  readonly asOf: Exclude<Revision, { kind: "id" }>;
}

/** Tells of each that did not see all, in the order of machines and sets; also with -q and --json, for it is part of the answer. */
export async function tellBlindness(
  { out }: Context,
  source: Scope | RemoteHistory,
  question: AsOf,
): Promise<void> {
  const texts = await blindness(source, question);
  for (const text of texts.slice(0, MOST_NOTED)) {
    out.tell(`${text}; of what it did not see nothing is found`);
  }
  if (texts.length > MOST_NOTED) {
    out.tell(`${texts.length - MOST_NOTED} more snapshots of that time did not see all`);
  }
}

// --- internal ---

const MOST_NOTED = 10;
const AT_ONCE = 8;
const MOUNTS_NAMED = 3;

async function blindness(source: Scope | RemoteHistory, { set, asOf }: AsOf): Promise<string[]> {
  const isMeant = ({ setName }: { setName: string }) =>
    set === undefined || setName === set.setName;
  if ("store" in source) {
    const texts: string[] = [];
    for (const one of (await allSets(source, set?.machineId)).filter(isMeant)) {
      const row = await snapshotAt(source, one, asOf);
      if (row !== undefined) texts.push(...unseenText(row));
    }
    return texts;
  }
  const sets = (await remoteSets(source, set?.machineId)).filter(isMeant);
  const texts: string[][] = [];
  const few = new FewAtOnce(AT_ONCE);
  for (const [nr, { machineId, setName }] of sets.entries()) {
    await few.add(async () => {
      const reference = { machineId, setName, revision: asOf };
      const row = await source.resolve(reference, machineId).catch(isNone);
      texts[nr] = row === undefined ? [] : unseenText(row);
    });
  }
  await few.ended();
  return texts.flat();
}

/** Another file system that a set leaves out makes no snapshot incomplete, and yet nothing is known of it. */
function unseenText(row: Told): string[] {
  const { skipped_mounts: mounts } = JSON.parse(row.headerText) as { skipped_mounts?: unknown };
  const paths = Array.isArray(mounts) ? mounts.filter((path) => typeof path === "string") : [];
  const more = paths.length > MOUNTS_NAMED ? ` and ${paths.length - MOUNTS_NAMED} more` : "";
  const named = paths.slice(0, MOUNTS_NAMED).map(printable).join(", ");
  return [
    ...blindnessText(row),
    ...(named === "" ? [] : [`${shortId(row.snapshotId)} left out file systems: ${named}${more}`]),
  ];
}

/** A set that has no snapshot of that time says nothing anyway. */
function isNone(error: unknown): undefined {
  if (!(error instanceof BsvError) || error.code !== "not_found") throw error;
}
