// `bsv db check [SET…]`: is the store still what was recorded? Proved by its own hashes.
import { defineCommand } from "#cli/command.ts";
import { allSets, setWords } from "#cli/find-set.ts";
import { printable } from "#cli/output/escape.ts";
import { shortId, timeText } from "#cli/output/snapshot-text.ts";
import { plural } from "#cli/output/units.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import { countSnapshots } from "#db/set-totals.ts";
import { checkStore, type Damage, type StoreCheck } from "#jobs/store/check.ts";

export default defineCommand({
  description: `Every snapshot's header is hashed and must give its id; every snapshot's list is
made again from the stored versions, hashed, and must give its tree_hash. So a
flipped bit is found that SQLite's own check (which is run too) calls ok.
It reads all of it, and says how much that was. A damaged store is exit 4.`,
  args: {
    set: setWords,
  },
  examples: [
    { line: "bsv db check", about: "All of the store" },
    { line: "bsv db check project-data --json", about: "One set, for a script" },
  ],
  exits: [4, 5, 8],
  json: "events",
  async run(context, { set: words }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const every = await allSets(scope, undefined);
    const sets: SetName[] = words.length === 0 ? every : [];
    for (const word of words) sets.push(await resolveSet(scope, word));
    const check = await checkStore(scope, { sets }, run);
    const known = await total(scope, every);
    for (const damage of check.damage) await out.event("damage", factsOf(damage));
    for (const text of check.sqlite) await out.event("sqlite", { problem: text });
    const isSound = check.damage.length === 0 && check.sqlite.length === 0;
    await out.event("summary", {
      sound: isSound,
      checked_snapshots: check.snapshots,
      known_snapshots: known,
      versions: check.versions,
      entries: check.entries,
      damaged_snapshots: check.damage.filter(({ snapshotId }) => snapshotId !== null).length,
    });
    if (!out.isJson) await out.write(`${textOf(check, known).join("\n")}\n`);
    return isSound ? "done" : "findings";
  },
});

// --- internal ---

async function total(scope: Scope, sets: readonly SetName[]): Promise<number> {
  let sum = 0;
  for (const set of sets) sum += await countSnapshots(scope, set);
  return sum;
}

function factsOf({ machineId, setName, snapshotId, timestampMs, problem }: Damage) {
  return {
    machine_id: machineId,
    backupset_name: setName,
    snapshot_id: snapshotId,
    timestamp: timestampMs === null ? null : timestampText(timestampMs),
    problem,
  };
}

function textOf(check: StoreCheck, known: number): string[] {
  const damaged = check.damage.map(({ machineId, setName, snapshotId, timestampMs, problem }) =>
    snapshotId === null || timestampMs === null
      ? `DAMAGED ${machineId}/${setName}: ${printable(problem)}`
      : `DAMAGED ${shortId(snapshotId)} of ${machineId}/${setName}, ${timeText(timestampMs)}: ${printable(problem)}`,
  );
  const sqlite = check.sqlite.map((text) => `DAMAGED store: ${printable(text)}`);
  const isSound = damaged.length === 0 && sqlite.length === 0;
  const unchecked = known - check.snapshots;
  return [
    ...damaged,
    ...sqlite,
    `checked ${check.snapshots} of ${plural(known, "snapshot")}: ${plural(check.versions, "file version")} give ${plural(check.entries, "entry", "entries")}`,
    ...(unchecked > 0 ? [`not checked: ${plural(unchecked, "snapshot")}`] : []),
    isSound
      ? "sound: what was checked is what was recorded"
      : "damaged: keep the file as it is; bsv pull, bsv import or a backup brings back what was recorded",
  ];
}
