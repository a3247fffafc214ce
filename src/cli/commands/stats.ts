// `bsv stats [SET…]`: what the store takes, and which set takes how much of it.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { allSets, readSetWord, remoteSets, type SetWord } from "#cli/find-set.ts";
import { timeText } from "#cli/output/snapshot-text.ts";
import { table, type Column } from "#cli/output/table.ts";
import { bytesText, countText, plural } from "#cli/output/units.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { BsvError } from "#core/errors.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import { setCost, storeSize, type SetCost } from "#db/stats.ts";
import type { RemoteHistory } from "#jobs/remote-history.ts";

interface Cost extends SetCost {
  /** Its share of the file, by versions; null where the size is not told. */
  readonly bytes: number | null;
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
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv stats", about: "The store, its sets and machines" },
    { line: "bsv stats --remote default", about: "The server's store" },
    { line: "bsv stats photos --json", about: "One set, for a script" },
  ],
  exits: [5, 6, 7],
  async run(context, { set: words, remote }) {
    const history = await remoteHistory(context, remote);
    const source = history ? theirs(context, history) : ours(await context.existingStore());
    const size = await source.size();
    const every: SetCost[] = [];
    for (const set of await source.sets()) every.push(await source.cost(set));
    const versions = every.reduce((sum, cost) => sum + cost.versions, 0);
    const used = size && size.bytes - size.freeBytes;
    const costs = every.map((cost): Cost => {
      const share = versions === 0 ? 0 : cost.versions / versions;
      return { ...cost, bytes: used === undefined ? null : Math.round(used * share) };
    });
    const wanted: SetName[] = [];
    for (const word of words) wanted.push(await source.resolve(word));
    const isWanted = (cost: SetName) =>
      wanted.length === 0 || wanted.some((set) => isSame(set, cost));
    const shown = costs.filter(isWanted);
    const unknown = wanted.find((set) => !shown.some((cost) => isSame(cost, set)));
    if (unknown !== undefined) {
      throw new BsvError("not_found", `No backupset ${unknown.machineId}/${unknown.setName}`);
    }
    const machines = wanted.length === 0 ? sums(costs) : [];
    const store = {
      file: source.name,
      size: size?.bytes ?? null,
      free: size?.freeBytes ?? null,
      snapshots: every.reduce((sum, cost) => sum + cost.snapshots, 0),
      versions,
    };
    const value = { store, machines: machines.map(factsOf), sets: shown.map(factsOf) };
    const content = `${plural(store.snapshots, "snapshot")} and ${plural(versions, "file version")}`;
    await context.out.answer(value, (colours) => [
      size === undefined
        ? `yours: ${content}; how large the store is, the remote tells its admins alone`
        : `store: ${bytesText(size.bytes)} for ${content}; ${bytesText(size.freeBytes)} of it free`,
      ...(machines.length > 1 ? ["", ...table(machines, columnsOf(false), colours)] : []),
      ...(shown.length > 0 ? ["", ...table(shown, columnsOf(true), colours)] : []),
    ]);
    return "done";
  },
});

// --- internal ---

/** The store that is told of. */
interface Source {
  readonly name: string;
  /** Undefined where it is not told to everybody: others' share could be read from it. */
  size(): Promise<{ bytes: number; freeBytes: number } | undefined>;
  sets(): Promise<readonly SetName[]>;
  cost(set: SetName): Promise<SetCost>;
  resolve(word: SetWord): Promise<SetName>;
}

const ours = (scope: Scope): Source => ({
  name: scope.store.file,
  size: () => storeSize(scope),
  sets: () => allSets(scope, undefined),
  cost: (set) => setCost(scope, set),
  resolve: (word) => resolveSet(scope, word),
});

const theirs = (context: Context, history: RemoteHistory): Source => ({
  name: history.url,
  size: () => history.storeSize().catch(nothingIfForbidden),
  sets: () => remoteSets(history, undefined),
  cost: (set) => history.cost(set),
  resolve: async ({ machineId, setName }) => ({
    machineId: machineId ?? (await thisMachineId(context)),
    setName,
  }),
});

function nothingIfForbidden(error: unknown): undefined {
  if (!(error instanceof BsvError) || error.code !== "forbidden") throw error;
}

const isSame = (a: SetName, b: SetName): boolean =>
  a.machineId === b.machineId && a.setName === b.setName;

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
            bytes: sum.bytes === null || cost.bytes === null ? null : sum.bytes + cost.bytes,
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
    {
      title: "SIZE",
      align: "right",
      text: ({ bytes }) => (bytes === null ? "-" : bytesText(bytes)),
    },
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
