// What a command line compares, and its changes: two snapshots of this store or of a remote, or one with the disk.
import { changeFilter, type ChangeFilter } from "#core/change-filter.ts";
import type { FileChange } from "#core/changes.ts";
import type { Collision } from "#core/collisions.ts";
import type { SnapshotHeader } from "#core/document.ts";
import { BsvError } from "#core/errors.ts";
import type { RootMap } from "#core/root-map.ts";
import type { Reference } from "#core/reference.ts";
import { collisionPages } from "#db/comparison/collisions.ts";
import type { Scope } from "#db/scope.ts";
import { changePages, refuseMapOfNothing } from "#db/comparison/changes.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Context } from "./context.ts";
import type { SetWord } from "./find-set.ts";
import type { Coverage } from "./output/change-text.ts";
import { printable } from "./output/escape.ts";
import { snapshotFacts, snapshotLine, type Told } from "./output/snapshot-text.ts";
import { plural } from "./output/units.ts";
import { remoteHistory } from "./remote.ts";
import { thisMachineId } from "./this-machine.ts";

export interface Comparison {
  readonly from: Told;
  readonly to: Later;
  /** Whether some changes are left out. */
  readonly isFiltered: boolean;
  readonly pages: AsyncIterable<readonly FileChange[]>;
  /** Tells names of the later snapshot that other systems take for one. */
  tellCollisions(tell: (found: readonly Collision[]) => Promise<void>): Promise<void>;
}

/** The later side: a snapshot, or the disk. */
export interface Later extends Coverage {
  readonly facts: object;
  readonly line: string;
  readonly roots: readonly string[];
}

interface Words {
  readonly from: Reference | undefined;
  readonly to: Reference | undefined;
  readonly set: SetWord | undefined;
  readonly disk: boolean;
  readonly map: RootMap | undefined;
  readonly remote: string | undefined;
}

export async function compared(
  context: Context,
  words: Words,
  filter: ChangeFilter,
): Promise<Comparison> {
  const isWanted = changeFilter(filter);
  if (words.disk) return withDisk(context, words, isWanted);
  const isFiltered = isWanted !== undefined || words.map !== undefined;
  const nowMs = context.run.now();
  const history = await remoteHistory(context, words.remote);
  if (history !== undefined) {
    const ownMachineId = await thisMachineId(context);
    const { from, to } = await pairOf(words, (one) => history.resolve(one, ownMachineId));
    const pages = history.changes(from, to, filter, words.map);
    const { dataDir } = await context.settings();
    const tellCollisions: Comparison["tellCollisions"] = (tell) =>
      history.borrow(to, dataDir.value, (scope) => tellAll(scope, to.snapshotId, tell));
    return { from, to: laterOf(to, nowMs), isFiltered, pages, tellCollisions };
  }
  const scope = await context.existingStore();
  const { from, to } = await pairOf(words, (one) => resolveReference(scope, one));
  await refuseMapOfNothing(scope, from, to, words.map);
  const pages = changePages(scope, from, to, { isWanted, map: words.map, isAhead: true });
  const tellCollisions: Comparison["tellCollisions"] = (tell) =>
    tellAll(scope, to.snapshotId, tell);
  return { from, to: laterOf(to, nowMs), isFiltered, pages, tellCollisions };
}

// --- internal ---

async function tellAll(
  scope: Scope,
  snapshotId: string,
  tell: (found: readonly Collision[]) => Promise<void>,
): Promise<void> {
  for await (const found of collisionPages(scope, snapshotId)) await tell(found);
}

/** A second reference that names no set is about the first one's. */
async function pairOf<Row extends { machineId: string; setName: string }>(
  { from, to, set }: Words,
  resolve: (reference: Reference) => Promise<Row>,
): Promise<{ from: Row; to: Row }> {
  const named = (reference: Reference): Reference => inSet(reference, set);
  const first = await resolve(named(from ?? latest(1)));
  const { machineId, setName } = first;
  const second = named(to ?? latest(0));
  const isOpen = second.setName === undefined && second.revision.kind !== "id";
  return { from: first, to: await resolve(isOpen ? { ...second, machineId, setName } : second) };
}

const latest = (back: number): Reference => ({
  machineId: undefined,
  setName: undefined,
  revision: { kind: "latest", back },
});

const inSet = (reference: Reference, set: SetWord | undefined): Reference =>
  reference.setName === undefined && set !== undefined ? { ...reference, ...set } : reference;

function laterOf(row: Told, nowMs: number): Later {
  const { roots = [], summary } = JSON.parse(row.headerText) as SnapshotHeader;
  return {
    facts: snapshotFacts(row),
    line: snapshotLine(row, nowMs),
    roots: roots.map(({ path }) => path),
    fileCount: row.fileCount,
    errorCount: row.errorCount,
    readCount: summary.read_count,
    unreadCount: summary.carried_count,
    isDisk: false,
  };
}

async function withDisk(
  context: Context,
  { from: word, to, set, map, remote }: Words,
  isWanted: ((change: FileChange) => boolean) | undefined,
): Promise<Comparison> {
  if (to !== undefined || remote !== undefined || map !== undefined) {
    throw new BsvError("usage", "--disk compares one snapshot of this store with its own roots", {
      hint: "Say bsv diff [FROM] --disk",
    });
  }
  const scope = await context.existingStore();
  const from = await resolveReference(scope, inSet(word ?? latest(0), set));
  const config = await context.requiredConfig();
  const known = config.backupsets.get(from.setName);
  if (known === undefined) {
    throw new BsvError("not_found", `The backupset file has no set ${from.setName}`, {
      hint: `Its roots and rules are needed; there are ${[...config.backupsets.keys()].join(", ")}`,
    });
  }
  const { compareDisk } = await import("#jobs/compare-disk.ts");
  const { dataDir } = await context.settings();
  const isOwn = from.machineId === (await thisMachineId(context));
  const threads = Math.min(MOST_THREADS, navigator.hardwareConcurrency);
  const input = { row: from, set: known, isOwn, dataDir: dataDir.value, threads };
  const found = await compareDisk(scope, input, context.run);
  const roots = found.roots.map(({ path }) => path);
  const lost = found.roots.filter(({ state }) => state !== "ok");
  const { fileCount, errorCount, readCount, unreadCount } = found;
  return {
    from,
    to: {
      facts: { disk: true, roots: found.roots },
      line: [
        `the disk: ${plural(fileCount, "file")}`,
        ...lost.map(({ path, state }) => `${printable(path)} is ${state}`),
      ].join(", "),
      roots,
      fileCount,
      errorCount,
      readCount,
      unreadCount,
      isDisk: true,
    },
    isFiltered: isWanted !== undefined,
    pages: pagesOf(isWanted === undefined ? found.changes : found.changes.filter(isWanted)),
    tellCollisions: () =>
      Promise.reject(
        new BsvError("usage", "--portability is about a snapshot, not about the disk", {
          hint: "Scan first, then say bsv diff --portability",
        }),
      ),
  };
}

/** More only wait for the disk. */
const MOST_THREADS = 8;
const PAGE_SIZE = 1000;

async function* pagesOf(changes: readonly FileChange[]): AsyncGenerator<readonly FileChange[]> {
  for (let at = 0; at < changes.length; at += PAGE_SIZE) yield changes.slice(at, at + PAGE_SIZE);
}
