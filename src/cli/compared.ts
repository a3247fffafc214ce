// The two snapshots a command line means, and their changes: from this store, or from a remote.
import { changeFilter, type ChangeFilter } from "#core/change-filter.ts";
import type { FileChange } from "#core/changes.ts";
import type { Reference } from "#core/reference.ts";
import { changePages } from "#db/changes.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Context } from "./context.ts";
import type { SetWord } from "./find-set.ts";
import type { Told } from "./output/snapshot-text.ts";
import { remoteHistory } from "./remote.ts";
import { thisMachineId } from "./this-machine.ts";

export interface Comparison {
  readonly from: Told;
  readonly to: Told;
  /** Whether some changes are left out. */
  readonly isFiltered: boolean;
  readonly pages: AsyncIterable<readonly FileChange[]>;
}

interface Words {
  readonly from: Reference | undefined;
  readonly to: Reference | undefined;
  readonly set: SetWord | undefined;
  readonly remote: string | undefined;
}

export async function compared(
  context: Context,
  words: Words,
  filter: ChangeFilter,
): Promise<Comparison> {
  const isWanted = changeFilter(filter);
  const isFiltered = isWanted !== undefined;
  const history = await remoteHistory(context, words.remote);
  if (history !== undefined) {
    const ownMachineId = await thisMachineId(context);
    const { from, to } = await pairOf(words, (one) => history.resolve(one, ownMachineId));
    return { from, to, isFiltered, pages: history.changes(from, to, filter) };
  }
  const scope = await context.existingStore();
  const { from, to } = await pairOf(words, (one) => resolveReference(scope, one));
  return { from, to, isFiltered, pages: changePages(scope, from, to, isWanted) };
}

// --- internal ---

/** A second reference that names no set is about the first one's. */
async function pairOf<Row extends { machineId: string; setName: string }>(
  { from, to, set }: Words,
  resolve: (reference: Reference) => Promise<Row>,
): Promise<{ from: Row; to: Row }> {
  const named = (reference: Reference): Reference =>
    reference.setName === undefined && set !== undefined ? { ...reference, ...set } : reference;
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
