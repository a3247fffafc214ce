// What a scan counts of where it could not look, now or before: the same that `bsv diff` tells of the two snapshots.
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { changePages } from "#db/comparison/changes.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { canMount, Trial } from "./scan-trial.ts";

let trial: Trial;
beforeEach(async () => {
  trial = await Trial.open();
});
afterEach(() => trial.close());

const isRoot = process.getuid?.() === 0;
const write = (path: string, content?: string | Uint8Array): void => trial.write(path, content);
const names = (files: { path: string }[]): string[] => trial.names(files);
/** What `bsv diff` tells of the snapshot and the one before it. */
const diffCounts = async (row: SnapshotRow): Promise<Record<string, number>> => {
  const before = await findSnapshot(trial.scope, row.parentId!);
  const counts: Record<string, number> = {};
  for await (const page of changePages(trial.scope, before!, row)) {
    for (const { kind } of page) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
};

test.if(isRoot)(
  "I4, I6: unreadable files and folders are entries with errors, and what they held before is unknown",
  async () => {
    write("closed-folder/x");
    write("closed-file");
    write("open");
    chownSync(trial.home, 65534, 65534);
    for (const folder of [trial.tree, `${trial.tree}/closed-folder`])
      chownSync(folder, 65534, 65534);
    await trial.settledScan();
    chmodSync(`${trial.tree}/closed-folder`, 0);
    chmodSync(`${trial.tree}/closed-file`, 0);
    Bun.spawnSync(["chown", "-R", "65534:65534", trial.dataDir]);
    process.seteuid!(65534);
    try {
      const summary = await trial.settledScan();
      expect(summary.isComplete).toBe(false);
      const nothing = { addedCount: 0, removedCount: 0, modifiedCount: 0 };
      expect(summary.outcome).toMatchObject({ ...nothing, unknownCount: 3 });
      expect(await diffCounts(summary.row)).toEqual({ unknown: 3 });
      const { files } = trial.document(summary);
      expect(
        files.map(({ path, type, error, checksum }) => [
          names([{ path }])[0],
          type,
          error,
          checksum === null,
        ]),
      ).toEqual([
        ["closed-file", undefined, "EACCES: permission denied", true],
        ["open", undefined, null, false],
        ["closed-folder", "dir", "EACCES: permission denied", true],
      ]);
      expect(names(trial.troubles).toSorted()).toEqual(["closed-file", "closed-folder"]);
      process.seteuid!(0); // reads everything
      const opened = await trial.settledScan();
      expect(opened.outcome).toMatchObject({ ...nothing, unknownCount: 3 });
      expect(await diffCounts(opened.row)).toEqual({ unknown: 3 });
    } finally {
      process.seteuid!(0);
    }
  },
);

test.if(isRoot)(
  "I6: a new folder that cannot be listed is nothing added, nor a name that cannot be asked modified",
  async () => {
    write("listed/known");
    await trial.settledScan();
    mkdirSync(`${trial.tree}/shut`, 0o700);
    chmodSync(`${trial.tree}/listed`, 0o444); // its names can be read, and nothing else of them
    chmodSync(trial.home, 0o755);
    Bun.spawnSync(["chown", "-R", "65534:65534", trial.dataDir]);
    process.seteuid!(65534);
    try {
      const { outcome, row } = await trial.settledScan();
      const nothing = { addedCount: 0, modifiedCount: 0, removedCount: 0 };
      expect(outcome).toMatchObject({ ...nothing, unknownCount: 2 });
      expect(await diffCounts(row)).toEqual({ unknown: 2 });
    } finally {
      process.seteuid!(0);
    }
  },
);

test("I6: what is seen again of a root that was away is unknown, not added; so is what lies in a new root", async () => {
  write("one/a");
  write("two/b");
  write("three/c");
  const [one, two, three] = ["one", "two", "three"].map((root) => `${trial.tree}/${root}`);
  const set = trial.set({}, [one!, two!]);
  await trial.settledScan({ set });
  renameSync(two!, `${two}-away`);
  await trial.settledScan({ set });
  renameSync(`${two}-away`, two!);
  write("one/new");
  const wider = trial.set({}, [one!, two!, three!]);
  const { counts } = await trial.preview({ set: wider });
  expect(counts).toMatchObject({ addedCount: 1, removedCount: 0, unknownCount: 2 });
  const { outcome, row } = await trial.settledScan({ set: wider });
  expect(outcome).toMatchObject({ addedCount: 1, modifiedCount: 0, unknownCount: 2 });
  expect(await diffCounts(row)).toEqual({ added: 1, unknown: 2 });
});

test("I6: what lies in a root that the set has no more is unknown, not removed", async () => {
  write("one/a");
  write("one/gone");
  write("two/b");
  const [one, two] = ["one", "two"].map((root) => `${trial.tree}/${root}`);
  await trial.settledScan({ set: trial.set({}, [one!, two!]) });
  rmSync(`${one}/gone`);
  const { outcome, row } = await trial.settledScan({ set: trial.set({}, [one!]) });
  expect(outcome).toMatchObject({ removedCount: 1, unknownCount: 1 });
  expect(await diffCounts(row)).toEqual({ removed: 1, unknown: 1 });
});

test("of symlinks a scan counts what diff tells: another target is modified, another time touched", async () => {
  for (const name of ["kept", "led", "touched"]) symlinkSync("a", `${trial.tree}/${name}`);
  await trial.settledScan();
  rmSync(`${trial.tree}/led`);
  symlinkSync("b", `${trial.tree}/led`);
  lutimesSync(`${trial.tree}/touched`, 1, 1);
  const { outcome, row } = await trial.settledScan();
  expect(outcome).toMatchObject({ modifiedCount: 1, touchedCount: 1, addedCount: 0 });
  expect(await diffCounts(row)).toEqual({ modified: 1, touched: 1 });
});

test.if(canMount)(
  "I6: what lies where another file system is mounted now is unknown, not removed",
  async () => {
    write("a");
    write("mnt/b");
    const set = trial.set({ oneFileSystem: true });
    await trial.scan({ set });
    Bun.spawnSync(["mount", "-t", "tmpfs", "none", `${trial.tree}/mnt`]);
    try {
      const { outcome } = await trial.scan({ set });
      expect(outcome).toMatchObject({ removedCount: 0, unknownCount: 1 });
    } finally {
      Bun.spawnSync(["umount", `${trial.tree}/mnt`]);
    }
  },
);
