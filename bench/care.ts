// What keeps a history in order: finding duplicates against tools that must read everything again, the plan of a prune over many sets,
// the plan of a rollback, and deleting single snapshots of a year.
import { join } from "node:path";
import { put } from "#core/delta.ts";
import { EntryTally } from "#core/document.ts";
import { NOBODY } from "#core/run.ts";
import { recordSnapshot } from "#db/recording/record.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { judgeSet } from "#jobs/judge.ts";
import { median, shell, type Bench, type Timed } from "./bench.ts";
import { headed } from "./header.ts";
import { makeLate } from "./late.ts";
import { atMost, ratioAtLeast, type Line } from "./line.ts";
import { changeTree } from "./tree.ts";
import { makeYear } from "./year.ts";

/** Duplicates among what is scanned, against tools that find them on the disk. */
export async function dupesRow(bench: Bench): Promise<Line[]> {
  const tree = bench.smallFiles();
  const home = bench.newHome(tree);
  await home.bsv("scan", "-q");
  const ours = await medianOf(bench, () => home.bsv("dupes", "bench"));
  const lines: Line[] = [];
  for (const { name, line, reach } of DUPES_TOOLS) {
    if (Bun.which(name) === null) continue;
    await shell(line, tree, home.dir); // warm
    const theirs = await shell(line, tree, home.dir);
    lines.push(ratioAtLeast(`${name} / bsv dupes`, theirs.seconds, ours, reach));
  }
  home.remove();
  const large = bench.newHome("/nonexistent");
  await makeYear(join(large.dir, "data/bsv.db"), { files: bench.sizes.yearCount, days: 3 });
  const many = await medianOf(bench, () => large.bsv("dupes", "year"));
  large.remove();
  return [...lines, atMost(`dupes over ${bench.sizes.yearCount} files`, many, 3, "s")];
}

/** 5,000 snapshots of 50 sets. */
export async function pruneRow(bench: Bench): Promise<Line[]> {
  const home = bench.newHome("/nonexistent");
  await makeSets(join(home.dir, "data/bsv.db"), 50, 100);
  const words = ["prune", "-n", "--keep-daily", "7", "--keep-weekly", "4", "--keep-monthly", "12"];
  const seconds = await medianOf(bench, () => home.bsv(...words));
  home.remove();
  return [atMost("prune plan, 5,000 snapshots of 50 sets", seconds, 1, "s")];
}

/** The way back over the large tree, a hundredth of it changed since. */
export async function rollbackRow(bench: Bench): Promise<Line[]> {
  const tree = bench.millionFiles();
  const home = bench.newHome(tree);
  await home.bsv("scan", "-q");
  changeTree(tree, home.dir.length + 2);
  const { seconds, peakBytes } = await home.bsv("rollback", "bench", "--to", "latest");
  home.remove();
  const measured = `${seconds.toFixed(1)} s, ${(peakBytes / 1e6).toFixed(0)} MB`;
  return [{ what: "rollback plan, 1 % changed", measured, reach: "", isReached: undefined }];
}

/** Single snapshots of a history, 10,000 changes around each. */
export async function deleteRow(bench: Bench): Promise<Line[]> {
  const home = bench.newHome("/nonexistent");
  await makeYear(join(home.dir, "data/bsv.db"), { files: bench.sizes.yearCount, days: 30 });
  const lines: Line[] = [];
  for (const [what, reference] of [
    ["the newest", "latest"],
    ["one in the middle", "latest~15"],
    ["the oldest", "latest~27"],
  ] as const) {
    const { seconds } = await home.bsv("delete", reference, "--yes");
    lines.push(atMost(`delete of ${what}`, seconds, 3, "s"));
  }
  home.remove();
  return lines;
}

/** One that comes between two others, as a difference of 10,000 changes. */
export async function lateRow(bench: Bench): Promise<Line[]> {
  const { yearCount, dayCount } = bench.sizes;
  const home = bench.newHome("/nonexistent");
  const store = join(home.dir, "data/bsv.db");
  await makeYear(store, { files: yearCount, days: dayCount });
  const file = join(home.dir, "late.ndjson");
  await makeLate(store, file);
  const { seconds, peakBytes } = await home.bsv("import", file);
  home.remove();
  return [
    atMost("insert of a late snapshot, 1 % changed", seconds, 3, "s"),
    atMost("insert of a late snapshot, peak memory", peakBytes / 1e6, 300, "MB"),
  ];
}

// --- internal ---

/** `$1` is the tree, `$2` a folder to write into. */
const DUPES_TOOLS = [
  { name: "rdfind", line: `rdfind -outputname "$2/results.txt" "$1" > /dev/null`, reach: 8 },
  { name: "jdupes", line: `jdupes -r -q "$1" > /dev/null`, reach: 30 },
] as const;

async function medianOf(bench: Bench, run: () => Promise<Timed>): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < bench.sizes.runs; i++) seconds.push((await run()).seconds);
  return median(seconds);
}

async function makeSets(file: string, sets: number, days: number): Promise<void> {
  const store = await openStore(file);
  store.database.run("PRAGMA synchronous = OFF"); // a bench's store may be lost
  for (let set = 0; set < sets; set++) {
    const name = { machineId: "bench", setName: `set-${set}` };
    for (let day = 0; day < days; day++) {
      const atMs = Date.UTC(2026, 0, 1) + day * 86_400_000;
      const entry = {
        path: "/a",
        type: "file" as const,
        target: null,
        sizeBytes: 1,
        mtimeUs: atMs * 1000,
        inode: 1,
        checksum: String(day).padStart(64, "0"),
        error: null,
      };
      await recordSnapshot(everything(store), {
        set: name,
        timestampMs: atMs,
        receivedAtMs: atMs,
        content: { baseId: null, changes: [put(entry)] },
        seal(entries) {
          const tally = new EntryTally(() => new Bun.CryptoHasher("sha256"));
          for (const one of entries) tally.add(one);
          return headed(name, atMs, tally);
        },
      });
    }
  }
  const run = { signal: new AbortController().signal, monitor: NOBODY, now: Date.now };
  for (let set = 0; set < sets; set++) {
    // as a scan or a push does when it records
    await judgeSet(everything(store), { machineId: "bench", setName: `set-${set}` }, run);
  }
  await store.close();
}
