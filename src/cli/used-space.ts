// What a command line asks of a snapshot's bytes: from this store, or from a remote.
import { BsvError } from "#core/errors.ts";
import type { Reference } from "#core/reference.ts";
import type { UsageKind, UsageOrder, UsageRow } from "#core/usage.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import { usage } from "#db/search/usage.ts";
import type { Context } from "./context.ts";
import type { SetWord } from "./find-set.ts";
import type { Told } from "./output/snapshot-text.ts";
import { remoteHistory } from "./remote.ts";
import { thisMachineId } from "./this-machine.ts";

interface Question {
  readonly ref: Reference | undefined;
  readonly set: SetWord | undefined;
  readonly growth: Reference | undefined;
  readonly by: UsageKind;
  readonly depth: number;
  readonly order: UsageOrder;
  readonly remote: string | undefined;
}

export interface UsedSpace {
  readonly row: Told;
  readonly since: Told | undefined;
  readonly rows: readonly UsageRow[];
}

export async function usedSpace(context: Context, question: Question): Promise<UsedSpace> {
  const history = await remoteHistory(context, question.remote);
  if (history !== undefined) {
    const ownMachineId = await thisMachineId(context);
    const pair = await pairOf(question, (one) => history.resolve(one, ownMachineId));
    return { ...pair, rows: await history.usage(pair.row, { ...question, since: pair.since }) };
  }
  const scope = await context.existingStore();
  const pair = await pairOf(question, (one) => resolveReference(scope, one));
  return { ...pair, rows: await usage(scope, pair.row, { ...question, since: pair.since }) };
}

// --- internal ---

/** The snapshot, and the one of the same set that it is compared with. Throws `usage` for one that is said to be another's. */
async function pairOf<Row extends { machineId: string; setName: string }>(
  { ref, set, growth }: Question,
  resolve: (reference: Reference) => Promise<Row>,
): Promise<{ row: Row; since: Row | undefined }> {
  const meant: Reference = ref ?? {
    machineId: undefined,
    setName: undefined,
    revision: { kind: "latest", back: 0 },
  };
  const row = await resolve(
    meant.setName === undefined && set !== undefined ? { ...meant, ...set } : meant,
  );
  if (growth === undefined) return { row, since: undefined };
  const { machineId, setName } = row;
  const since = await resolve(
    growth.setName === undefined ? { ...growth, machineId, setName } : growth,
  );
  if (since.machineId === machineId && since.setName === setName) return { row, since };
  throw new BsvError(
    "usage",
    `--growth names a snapshot of another backupset than ${machineId}/${setName}`,
    { hint: "Name two snapshots of one backupset; `bsv diff --stat` compares any two" },
  );
}
