// What a remote holds, for commands with --remote. Lists come in pages; a snapshot's content is fetched into a store of its
// own, where it is judged like an upload, and then looked at like any other.
import { join } from "node:path";
import { BsvError } from "#core/errors.ts";
import type { ChangeFilter } from "#core/change-filter.ts";
import type { FileChange } from "#core/changes.ts";
import type { GroupFacts, SuspectFacts } from "#core/dupes.ts";
import type { Reference } from "#core/reference.ts";
import type { RetentionKeys } from "#core/retention/retention-keys.ts";
import type { GoneVersion } from "#core/retention/gone-version.ts";
import type { RootMap } from "#core/root-map.ts";
import type { RollbackStep } from "#core/rollback.ts";
import type { Run } from "#core/run.ts";
import type { Sighting } from "#core/sighting.ts";
import type { UsageRow } from "#core/usage.ts";
import type { Verdict } from "#core/proof/verdict.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { everything, type Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { openStore } from "#db/store/store.ts";
import { makePrivateDir } from "#disk/home.ts";
import { withWorkFolder } from "#disk/work-folder.ts";
import { fetchChanges } from "#sync/changes.ts";
import {
  eraseSnapshot,
  fetchBackupsets,
  fetchMachines,
  fetchSnapshot,
  fetchSnapshots,
  REMOTE_PAGE,
  type RemoteBackupset,
  type RemoteFilter,
  type RemoteMachine,
  type RemoteSnapshot,
} from "#sync/history.ts";
import type { RemotePage } from "#sync/page.ts";
import { openRemote } from "#sync/remote.ts";
import { fetchSightings, type VersionQuestion, type Where } from "#sync/sightings.ts";
import { fetchRollback } from "#sync/rollback.ts";
import {
  fetchGoneVersions,
  fetchPrunePlan,
  pruneAtRemote,
  type RemotePrunePlan,
} from "#sync/prune.ts";
import { describeAtRemote, fetchHeads } from "#sync/set.ts";
import { fetchDupes, fetchSuspects, type DupesQuestion } from "#sync/dupes.ts";
import { fetchCost, fetchStoreSize, type RemoteCost } from "#sync/stats.ts";
import { remoteTags, type RemoteTagChanges } from "#sync/tags.ts";
import { fetchUsage, type UsageRequest } from "#sync/usage.ts";
import { acceptAtRemote, fetchVerdicts } from "#sync/verdicts.ts";
import { fetchOne } from "./fetch-one.ts";
import { resolveAtRemote } from "./remote-reference.ts";

export type { RemoteBackupset, RemotePrunePlan, RemoteSnapshot };

export class RemoteHistory {
  readonly #remote;
  readonly #run: Run;

  constructor(
    remoteUrl: string,
    run: Run,
    access: {
      readonly apiKey?: string | undefined;
      readonly authorities?: string | undefined;
    } = {},
  ) {
    this.#remote = openRemote(remoteUrl, access);
    this.#run = run;
  }

  get url(): string {
    return this.#remote.url;
  }

  machines(): AsyncGenerator<RemoteMachine[]> {
    return pages((page) => fetchMachines(this.#remote, page, this.#run.signal));
  }

  backupsets(machineId: string): AsyncGenerator<RemoteBackupset[]> {
    return pages((page) => fetchBackupsets(this.#remote, machineId, page, this.#run.signal));
  }

  snapshots(
    set: SetName,
    filter: RemoteFilter,
    order: "asc" | "desc",
    limit = Infinity,
  ): AsyncGenerator<RemoteSnapshot[]> {
    return pages(
      (page) => fetchSnapshots(this.#remote, set, filter, { ...page, order }, this.#run.signal),
      limit,
    );
  }

  /** How much there is of a set, and how fresh it is. */
  async totals(
    set: SetName,
  ): Promise<{ snapshotCount: number; latest: RemoteSnapshot | undefined }> {
    const heads = [...(await fetchHeads(this.#remote, set, this.#run.signal)).values()];
    const snapshotCount = heads.filter((head) => !head.isDeleted).length;
    if (snapshotCount === 0) return { snapshotCount, latest: undefined };
    try {
      const latest = await fetchSnapshot(this.#remote, set, "latest", this.#run.signal);
      return { snapshotCount, latest };
    } catch (error) {
      // All there are may be dated in the future.
      if (!(error instanceof BsvError) || error.code !== "not_found") throw error;
      return { snapshotCount, latest: undefined };
    }
  }

  /** The snapshot that is meant; without a machine in it, the reference is about `ownMachineId`. */
  resolve(reference: Reference, ownMachineId: string): Promise<RemoteSnapshot> {
    return resolveAtRemote(this.#remote, reference, ownMachineId, this.#run);
  }

  /** What would bring that machine's files back to it. */
  rollback(
    to: SetName & { snapshotId: string },
    path: string | undefined,
  ): AsyncGenerator<RollbackStep[]> {
    return fetchRollback(this.#remote, to, path, this.#run.signal);
  }

  /** What changed between two of its snapshots, of whatever sets. */
  changes(
    from: RemoteSnapshot,
    to: RemoteSnapshot,
    filter: ChangeFilter,
    map: RootMap | undefined,
  ): AsyncGenerator<FileChange[]> {
    return fetchChanges(this.#remote, from, to, filter, map, this.#run.signal);
  }

  /** Versions of files in all its sets, or in those that are named. */
  sightings(where: Where, wanted: VersionQuestion): AsyncGenerator<Sighting[]> {
    return fetchSightings(this.#remote, where, wanted, this.#run.signal);
  }

  /** How large its store is. */
  storeSize(): Promise<{ bytes: number; freeBytes: number }> {
    return fetchStoreSize(this.#remote, this.#run.signal);
  }

  /** What one of its sets takes. */
  async cost({ machineId, setName }: SetName): Promise<SetName & RemoteCost> {
    const cost = await fetchCost(this.#remote, { machineId, setName }, this.#run.signal);
    return { machineId, setName, ...cost };
  }

  /** The tags of a snapshot there, after these changes if there are any. */
  tags(
    snapshot: SetName & { snapshotId: string },
    changes: RemoteTagChanges | undefined,
  ): Promise<readonly string[]> {
    return remoteTags(this.#remote, snapshot, changes, this.#run.signal);
  }

  /** Files with one content, of one of its sets or between all of them. */
  dupes(set: SetName | undefined, question: DupesQuestion): AsyncGenerator<GroupFacts[]> {
    return fetchDupes(this.#remote, set, question, this.#run.signal);
  }

  /** Files of one name, size and mtime whose contents differ. */
  suspects(set: SetName | undefined, question: DupesQuestion): AsyncGenerator<SuspectFacts[]> {
    return fetchSuspects(this.#remote, set, question, this.#run.signal);
  }

  /** Where the bytes of one of its snapshots are. */
  usage(snapshot: RemoteSnapshot, question: UsageRequest): Promise<UsageRow[]> {
    return fetchUsage(this.#remote, snapshot, question, this.#run.signal);
  }

  /** What it thinks of the snapshots of one of its sets, newest first. */
  verdicts(set: SetName): AsyncGenerator<Verdict[]> {
    return fetchVerdicts(this.#remote, set, false, this.#run.signal);
  }

  /** Says there that a snapshot, and all before it, is as it should be. */
  accept(snapshot: SetName & { snapshotId: string }, why: string): Promise<Verdict> {
    return acceptAtRemote(this.#remote, snapshot, why, this.#run.signal);
  }

  /** Whether it has this set; asked before anything is changed about it. */
  async hasSet({ machineId, setName }: SetName): Promise<boolean> {
    for await (const page of this.backupsets(machineId)) {
      if (page.some((row) => row.setName === setName)) return true;
    }
    return false;
  }

  /** Says there what a set is, for people. Throws `not_found`. */
  async describe(set: SetName, description: string): Promise<void> {
    if (!(await this.hasSet(set))) {
      throw new BsvError(
        "not_found",
        `${this.url} has no backupset ${set.machineId}/${set.setName}`,
      );
    }
    await describeAtRemote(this.#remote, set, description, this.#run.signal);
  }

  /** What its retention would keep of a set, and why. */
  prunePlan(set: SetName, rules: RetentionKeys): Promise<RemotePrunePlan> {
    return fetchPrunePlan(this.#remote, set, rules, this.#run.signal);
  }

  /** The versions of files that would be recorded nowhere there any more, oldest first. */
  goneVersions(set: SetName, rules: RetentionKeys): AsyncGenerator<GoneVersion[]> {
    return pages((page) => fetchGoneVersions(this.#remote, set, rules, page, this.#run.signal));
  }

  /** Has it delete what the rules do not keep: just so many, or it refuses. */
  prune(set: SetName, rules: RetentionKeys, expected: number): Promise<number> {
    return pruneAtRemote(this.#remote, set, rules, expected, this.#run.signal);
  }

  /** Deletes it there; the reason is kept on the tombstone. */
  erase(
    { snapshotId, ...set }: SetName & { snapshotId: string },
    why: string,
  ): Promise<{ deletedAtMs: number }> {
    return eraseSnapshot(this.#remote, set, snapshotId, why, this.#run.signal);
  }

  /** Fetches the snapshot into a store that lives only while `look` looks at it. */
  async borrow(
    snapshot: RemoteSnapshot,
    dataDir: string,
    look: (scope: Scope, row: SnapshotRow) => Promise<void>,
  ): Promise<void> {
    const spool = join(dataDir, "spool");
    makePrivateDir(spool);
    await withWorkFolder(spool, async (folder) => {
      const store = await openStore(join(folder, "bsv.db"));
      try {
        const scope = everything(store);
        const way = { remote: this.#remote, set: snapshot, dataDir: folder };
        const { problem } = await fetchOne(scope, way, snapshot, null, this.#run);
        const row = await findSnapshot(scope, snapshot.snapshotId);
        if (row === undefined) throw notSent(this.#remote.url, snapshot, problem);
        await look(scope, row);
      } finally {
        await store.close();
      }
    });
  }
}

// --- internal ---

async function* pages<Row>(
  fetch: (page: { limit: number; cursor: string | undefined }) => Promise<RemotePage<Row>>,
  limit = Infinity,
): AsyncGenerator<Row[]> {
  let cursor: string | undefined;
  for (let missing = limit; missing > 0;) {
    const page = await fetch({ limit: Math.min(REMOTE_PAGE, missing), cursor });
    if (page.rows.length > 0) yield page.rows;
    // An empty page that promises more would be asked for again for ever.
    if (page.nextCursor === null || page.rows.length === 0) return;
    missing -= page.rows.length;
    cursor = page.nextCursor;
  }
}

function notSent(url: string, { snapshotId }: RemoteSnapshot, problem: string | null): BsvError {
  return problem === null
    ? new BsvError("gone", `Snapshot ${snapshotId} was deleted at ${url} meanwhile`)
    : new BsvError("remote_refused", `Snapshot ${snapshotId} did not come whole: ${problem}`);
}
