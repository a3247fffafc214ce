// A snapshot that comes late: between two of a history, as a difference to the earlier one, a hundredth of its files with other
// contents. Made in a process of its own, as the year is (year.ts); there also those before it are judged, as they are where snapshots
// come one by one, or the first to come after them would have to.
import { changeLine, put } from "#core/delta.ts";
import { EntryTally } from "#core/document.ts";
import type { Entry } from "#core/entry.ts";
import { NOBODY } from "#core/run.ts";
import { entryPages } from "#db/entries.ts";
import { querySnapshots } from "#db/query.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { judgeSet } from "#jobs/judge.ts";
import { newSha256 } from "#disk/sha256.ts";
import { headed } from "./header.ts";

const HALF_A_DAY_MS = 43_200_000;

/** Writes the document of a snapshot that belongs into the middle of the only set of a store. */
export async function makeLate(store: string, file: string): Promise<void> {
  const command = [process.execPath, import.meta.path, store, file];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "inherit", stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error(`No late snapshot was made in ${file}`);
}

// --- internal ---

async function make(storeFile: string, file: string): Promise<void> {
  const store = await openStore(storeFile);
  const scope = everything(store);
  const set = { machineId: "bench", setName: "year" };
  const { rows } = await querySnapshots(scope, set, {}, { limit: 1000, order: "asc" });
  const base = rows[Math.floor(rows.length / 2)]!;
  const tally = new EntryTally(newSha256);
  const lines: string[] = [];
  for await (const page of entryPages(scope, base.snapshotId)) {
    for (const entry of page) {
      const isChanged = tally.fileCount % 100 === 0;
      const late = isChanged ? changed(entry) : entry;
      tally.add(late);
      if (isChanged) lines.push(changeLine(put(late), late.path));
    }
  }
  const { snapshotId: id, headerText } = headed(set, base.timestampMs + HALF_A_DAY_MS, tally, {
    hash: "sha256",
    parent_id: base.snapshotId,
  });
  const start = `{"snapshot_id":"${id}","base":"${base.snapshotId}",${headerText.slice(1)}`;
  await Bun.write(file, [start, ...lines, ""].join("\n"));
  await judgeSet(scope, set, {
    signal: new AbortController().signal,
    monitor: NOBODY,
    now: Date.now,
  });
  await store.close();
}

const changed = (entry: Entry): Entry => ({
  ...entry,
  mtimeUs: entry.mtimeUs! + 1_000_000,
  checksum: new Bun.CryptoHasher("sha256").update(`late ${entry.path}`).digest("hex"),
});

if (import.meta.main) {
  const [store, file] = process.argv.slice(2) as [string, string];
  await make(store, file);
}
