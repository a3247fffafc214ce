// What a snapshot reference means at a remote. As in our own store (db/find-snapshot.ts), but asked for over the network.
import { BsvError } from "#core/errors.ts";
import type { Reference } from "#core/reference.ts";
import type { Run } from "#core/run.ts";
import type { SetName } from "#db/backupsets.ts";
import {
  fetchBackupsets,
  fetchSnapshot,
  fetchSnapshots,
  REMOTE_PAGE,
  type RemoteSnapshot,
} from "#sync/history.ts";
import type { Remote } from "#sync/remote.ts";

/** A snapshot dated further ahead than this is never the latest (design §5). */
const FUTURE_MS = 24 * 3_600_000;

/** Without a machine in it, the reference is about this one. Throws `not_found` or `ambiguous`. */
export async function resolveAtRemote(
  remote: Remote,
  { machineId, setName, revision }: Reference,
  ownMachineId: string,
  run: Run,
): Promise<RemoteSnapshot> {
  const machine = machineId ?? ownMachineId;
  const set: SetName = {
    machineId: machine,
    setName: setName ?? (await onlySet(remote, machine, run)),
  };
  switch (revision.kind) {
    case "id":
      return byId(remote, set, revision.prefix, run);
    case "date":
      return before(remote, set, revision.atMs, 0, run);
    case "latest":
      return revision.back === 0
        ? fetchSnapshot(remote, set, "latest", run.signal)
        : before(remote, set, run.now() + FUTURE_MS, revision.back, run);
  }
}

// --- internal ---

async function onlySet(remote: Remote, machineId: string, run: Run): Promise<string> {
  const { rows } = await fetchBackupsets(remote, machineId, { limit: REMOTE_PAGE }, run.signal);
  if (rows.length === 1) return rows[0]!.setName;
  const names = rows.map((row) => row.setName);
  throw new BsvError("ambiguous", `${machineId} has several backupsets at ${remote.url}`, {
    hint: `Say which, as in ${names[0]}@latest; there are ${names.slice(0, 5).join(", ")}`,
    details: { candidates: names },
  });
}

async function byId(
  remote: Remote,
  set: SetName,
  prefix: string,
  run: Run,
): Promise<RemoteSnapshot> {
  const page = { limit: 2, order: "asc" } as const;
  const { rows } = await fetchSnapshots(remote, set, { idPrefix: prefix }, page, run.signal);
  if (rows.length === 1) return rows[0]!;
  // None begins like this: it may be the id that a foreign writer gave.
  if (rows.length === 0) return fetchSnapshot(remote, set, prefix, run.signal);
  throw new BsvError("ambiguous", `More than one snapshot at ${remote.url} begins with ${prefix}`, {
    hint: "Say more of the id",
    details: { candidates: rows.map((row) => row.snapshotId) },
  });
}

/** The last one at or before a time, or the one `back` before it. */
async function before(
  remote: Remote,
  set: SetName,
  atMs: number,
  back: number,
  run: Run,
): Promise<RemoteSnapshot> {
  let missing = back;
  let cursor: string | undefined;
  do {
    const page = { limit: Math.min(REMOTE_PAGE, missing + 1), cursor, order: "desc" } as const;
    const { rows, nextCursor } = await fetchSnapshots(
      remote,
      set,
      { toMs: atMs },
      page,
      run.signal,
    );
    if (missing < rows.length) return rows[missing]!;
    missing -= rows.length;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  throw new BsvError("not_found", `${set.machineId}/${set.setName} has no such snapshot there`, {
    hint: "See bsv snapshots --remote for those there are",
  });
}
