// `bsv stats [SET…]`: what the store takes, and which set takes how much of it.
import { defineCommand } from "#cli/command.ts";
import { allSets, readSetWord } from "#cli/find-set.ts";
import { timeText } from "#cli/output/snapshot-text.ts";
import { table, type Column } from "#cli/output/table.ts";
import { bytesText, countText, plural } from "#cli/output/units.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import { setCost, storeSize, type SetCost } from "#db/stats.ts";

interface Cost extends SetCost {
  /** Its share of the file, by versions. */
  readonly bytes: number;
}

export default defineCommand({
  description: `ENTRIES is what documents would hold, VERSIONS what is stored instead. SIZE is each
set's share of the file by its versions. A set named here is told alone, but its
share is still that of the whole file.`,
  args: {
    set: {
      type: "positional",
      required: false,
      multiple: true,
      description: "SET or MACHINE/SET; none: all, and each machine's sum",
      read: readSetWord,
    },
  },
  examples: [
    { line: "bsv stats", about: "The store, its sets and machines" },
    { line: "bsv stats photos --json", about: "One set, for a script" },
  ],
  exits: [5],
  async run(context, { set: words }) {
    const scope = await context.existingStore();
    const { bytes, freeBytes } = await storeSize(scope);
    const every: SetCost[] = [];
    for (const set of await allSets(scope, undefined)) every.push(await setCost(scope, set));
    const versions = every.reduce((sum, cost) => sum + cost.versions, 0);
    const used = bytes - freeBytes;
    const costs = every.map((cost): Cost => {
      const share = versions === 0 ? 0 : cost.versions / versions;
      return { ...cost, bytes: Math.round(used * share) };
    });
    const wanted: SetName[] = [];
    for (const word of words) wanted.push(await resolveSet(scope, word));
    const isWanted = (cost: SetName) =>
      wanted.length === 0 ||
      wanted.some((set) => set.machineId === cost.machineId && set.setName === cost.setName);
    const shown = costs.filter(isWanted);
    const machines = wanted.length === 0 ? sums(costs) : [];
    const store = {
      file: scope.store.file,
      size: bytes,
      free: freeBytes,
      snapshots: every.reduce((sum, cost) => sum + cost.snapshots, 0),
      versions,
    };
    const value = { store, machines: machines.map(factsOf), sets: shown.map(factsOf) };
    await context.out.answer(value, (colours) => [
      `store: ${bytesText(bytes)} for ${plural(store.snapshots, "snapshot")} and ${plural(versions, "file version")}; ${bytesText(freeBytes)} of it free`,
      ...(machines.length > 1 ? ["", ...table(machines, columnsOf(false), colours)] : []),
      ...(shown.length > 0 ? ["", ...table(shown, columnsOf(true), colours)] : []),
    ]);
    return "done";
  },
});

// --- internal ---

function sums(costs: readonly Cost[]): Cost[] {
  const machines = new Map<string, Cost>();
  const least = (a: number | null, b: number | null) =>
    a === null || b === null ? (a ?? b) : Math.min(a, b);
  const most = (a: number | null, b: number | null) =>
    a === null || b === null ? (a ?? b) : Math.max(a, b);
  for (const cost of costs) {
    const sum = machines.get(cost.machineId);
    const added =
      sum === undefined
        ? cost
        : {
            snapshots: sum.snapshots + cost.snapshots,
            tombstones: sum.tombstones + cost.tombstones,
            versions: sum.versions + cost.versions,
            entries: sum.entries + cost.entries,
            bytes: sum.bytes + cost.bytes,
            oldestMs: least(sum.oldestMs, cost.oldestMs),
            newestMs: most(sum.newestMs, cost.newestMs),
          };
    machines.set(cost.machineId, { ...added, machineId: cost.machineId, setName: "" });
  }
  return [...machines.values()];
}

function columnsOf(hasSets: boolean): Column<Cost>[] {
  const time = (ms: number | null) => (ms === null ? "-" : timeText(ms));
  return [
    { title: "MACHINE", text: (cost) => cost.machineId },
    ...(hasSets ? [{ title: "SET", text: (cost: Cost) => cost.setName }] : []),
    { title: "SNAPSHOTS", align: "right", text: (cost) => countText(cost.snapshots) },
    { title: "DELETED", align: "right", text: (cost) => countText(cost.tombstones) },
    { title: "ENTRIES", align: "right", text: (cost) => countText(cost.entries) },
    { title: "VERSIONS", align: "right", text: (cost) => countText(cost.versions) },
    { title: "SIZE", align: "right", text: (cost) => bytesText(cost.bytes) },
    { title: "OLDEST", text: (cost) => time(cost.oldestMs) },
    { title: "NEWEST", text: (cost) => time(cost.newestMs) },
  ];
}

function factsOf(cost: Cost) {
  const time = (ms: number | null) => (ms === null ? null : timestampText(ms));
  return {
    machine_id: cost.machineId,
    ...(cost.setName === "" ? {} : { backupset_name: cost.setName }),
    snapshots: cost.snapshots,
    tombstones: cost.tombstones,
    entries: cost.entries,
    versions: cost.versions,
    size: cost.bytes,
    oldest: time(cost.oldestMs),
    newest: time(cost.newestMs),
  };
}
