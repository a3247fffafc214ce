// Proves a store by its own hashes: of every snapshot, the header must hash to its id, and the list that the versions give
// back to its tree_hash. Finds a flipped bit that SQLite calls ok. One walk proves all snapshots of a set together.
import { EntryTally, headerSchema, snapshotId, type SnapshotHeader } from "#core/document.ts";
import { entryLine } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import { firstFrom } from "#core/sorted.ts";
import { parseTimestamp } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { integrityProblems } from "#db/store/integrity.ts";
import type { Scope } from "#db/scope.ts";
import { sealedSnapshots, versionPages, type Sealed } from "#db/recording/whole-set.ts";
import { newSha256 } from "#disk/sha256.ts";

export interface Damage extends SetName {
  /** Null: of the set as a whole. */
  readonly snapshotId: string | null;
  readonly timestampMs: number | null;
  readonly problem: string;
}

export interface StoreCheck {
  /** Whose header and list were both hashed. */
  snapshots: number;
  /** Known but not checked, because their set could not be read. */
  uncheckedSnapshots: number;
  versions: number;
  /** Lines that were hashed: each version once for every snapshot that has it. */
  entries: number;
  readonly damage: Damage[];
  /** What SQLite found. */
  sqlite: string[];
}

export async function checkStore(
  scope: Scope,
  { sets }: { sets: readonly SetName[] },
  run: Run,
): Promise<StoreCheck> {
  const sqlite = await integrityProblems(scope).catch(readDamage);
  const check: StoreCheck = {
    snapshots: 0,
    uncheckedSnapshots: 0,
    versions: 0,
    entries: 0,
    damage: [],
    sqlite,
  };
  for (const set of sets) await checkSet(scope, set, check, run);
  return check;
}

// --- internal ---

/** Damage that keeps SQLite from reading is a finding here; anything else ends the check. */
function readDamage(error: unknown): string[] {
  if (error instanceof BsvError && error.code === "store_corrupt") return [error.message];
  throw error;
}

async function checkSet(scope: Scope, set: SetName, check: StoreCheck, run: Run): Promise<void> {
  const { machineId, setName } = set;
  let snapshots: Sealed[] = [];
  try {
    snapshots = await sealedSnapshots(scope, set);
    const tallies = await tallied(scope, set, snapshots, check, run);
    for (const [nr, sealed] of snapshots.entries()) {
      const problem = problemOf(sealed, tallies[nr]!);
      check.snapshots++;
      if (problem === undefined) continue;
      // Deleted while the walk went on: then its list was merged with its neighbour's, as it should.
      if (!(await isStillThere(scope, sealed))) continue;
      const { snapshotId, timestampMs } = sealed;
      check.damage.push({ machineId, setName, snapshotId, timestampMs, problem });
    }
  } catch (error) {
    const [problem] = readDamage(error);
    check.uncheckedSnapshots += snapshots.length;
    const whole = { machineId, setName, snapshotId: null, timestampMs: null };
    check.damage.push({ ...whole, problem: `could not be read: ${problem}` });
  }
}

/** For each snapshot, oldest first, the tally of its list. */
async function tallied(
  scope: Scope,
  set: SetName,
  snapshots: readonly Sealed[],
  check: StoreCheck,
  run: Run,
): Promise<EntryTally[]> {
  const tallies = snapshots.map(() => new EntryTally(newSha256));
  const times = snapshots.map((sealed) => sealed.timestampMs);
  let entries = 0;
  for await (const page of versionPages(scope, set)) {
    run.signal.throwIfAborted();
    for (const { entry, fromMs, toMs } of page) {
      const line = entryLine(entry);
      for (let nr = firstFrom(times, fromMs); nr < times.length && times[nr]! < toMs; nr++) {
        tallies[nr]!.add(entry, line);
        entries++;
      }
    }
    check.versions += page.length;
    run.monitor.progress({ phase: "check", files: check.versions, bytes: 0 });
    await Bun.sleep(0); // let signals through
  }
  check.entries += entries;
  return tallies;
}

/** What does not fit; undefined when all does. */
function problemOf(sealed: Sealed, tally: EntryTally): string | undefined {
  const treeHash = tally.treeHash();
  if (snapshotId(sealed.headerText, newSha256) !== sealed.snapshotId) {
    return "its header does not hash to its id";
  }
  const header = headerOf(sealed.headerText);
  if (header === undefined) return "its header is no header of a snapshot";
  if (
    header.machine_id !== sealed.machineId ||
    header.backupset_name !== sealed.setName ||
    parseTimestamp(header.timestamp) !== sealed.timestampMs
  ) {
    return "it stands at another place than its header says";
  }
  const { file_count, total_size, error_count } = header.summary;
  if (treeHash !== header.tree_hash) {
    const lost = tally.fileCount === file_count ? "" : ` (${tally.fileCount} of ${file_count})`;
    return `its entries${lost} do not hash to its tree_hash`;
  }
  if (tally.totalSizeBytes !== total_size || tally.errorCount !== error_count) {
    return "its summary does not fit its entries";
  }
  return undefined;
}

function headerOf(text: string): SnapshotHeader | undefined {
  return headerSchema.safeParse(JSON.parse(text)).data; // it hashes to its id: it is what was written
}

async function isStillThere(scope: Scope, { snapshotId }: Sealed): Promise<boolean> {
  try {
    return (await findSnapshot(scope, snapshotId)) !== undefined;
  } catch {
    return true; // too damaged to be looked at, and so still there
  }
}
