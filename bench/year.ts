// A year of history: so many files, a snapshot every day, a hundredth of the files changed each time (of a hundred changes 80 are
// new contents, 8 files added, 8 removed, 2 moved, which is one of each). Written day by day as recording writes, but without reading
// each list back, or the year would take an hour. It is made in a process of its own, because a million entries weigh gigabytes
// here, and the peak memory that Linux tells of a command begins with that of the process that started it.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { put, type Change } from "#core/delta.ts";
import { EntryTally } from "#core/document.ts";
import type { Entry } from "#core/entry.ts";
import { compareKeys, keyOfPath } from "#core/order.ts";
import { atomic } from "#db/atomic.ts";
import { ensureBackupset } from "#db/backupsets.ts";
import { recordSnapshot } from "#db/recording/record.ts";
import { everything, type Scope } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { neighboursOf } from "#db/recording/timeline.ts";
import { headed } from "./header.ts";
import { VersionWriter } from "#db/recording/version-writer.ts";

const YEAR_SET = { machineId: "bench", setName: "year" };
const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 0, 1);

export interface YearSize {
  readonly files: number;
  readonly days: number;
}

/** A file with a new content every day, and its last one. */
export interface Year {
  readonly path: string;
  readonly checksum: string;
}

export async function makeYear(file: string, size: YearSize): Promise<Year> {
  const command = [process.execPath, import.meta.path, file, JSON.stringify(size)];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const said = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`No year was made in ${file}`);
  return JSON.parse(said) as Year;
}

// --- internal ---

async function make(file: string, { files, days }: YearSize): Promise<Year> {
  mkdirSync(dirname(file), { recursive: true });
  const store = await openStore(file);
  store.database.run("PRAGMA synchronous = OFF"); // a bench's store may be lost
  const scope = everything(store);
  const tree = new Tree(files);
  const first = Array.from({ length: files }, (_, i) => tree.entry(i)).sort(inOrder);
  await recordSnapshot(scope, {
    set: YEAR_SET,
    timestampMs: FIRST_DAY_MS,
    receivedAtMs: FIRST_DAY_MS,
    content: { baseId: null, changes: puts(first) },
    seal: sealed(0, files),
  });
  first.length = 0;
  for (let day = 1; day < days; day++) await recordDay(scope, tree, day, files);
  const answer = { path: tree.entry(0).path, checksum: tree.entry(0).checksum! };
  await store.close();
  return answer;
}

function* puts(entries: Entry[]): Generator<Change> {
  for (const entry of entries) yield put(entry);
}

const inOrder = (a: Entry, b: Entry): number =>
  compareKeys(keyOfPath(a.path, false), keyOfPath(b.path, false));

class Tree {
  readonly #versions: Int32Array;
  /** The day of its version: what was never changed rests for years, as most of a disk does. */
  readonly #days: Int16Array;
  /** Where the file stands: moved and new ones get new places. */
  readonly #places: Int32Array;
  #nextPlace: number;
  #seed = 42;

  constructor(files: number) {
    this.#versions = new Int32Array(files);
    this.#days = new Int16Array(files);
    this.#places = Int32Array.from({ length: files }, (_, i) => i);
    this.#nextPlace = files;
  }

  entry(i: number): Entry {
    const [place, version, day] = [this.#places[i]!, this.#versions[i]!, this.#days[i]!];
    const mtimeMs = FIRST_DAY_MS + day * DAY_MS - (version === 0 ? i * 100_000 : i);
    const folder = Math.floor(place / 12) % 80_000;
    const path = `/home/user/project-${folder % 37}/module-${folder}/file-${place.toString(36)}.txt`;
    return {
      path,
      type: "file",
      target: null,
      sizeBytes: 500 + ((i * 7919 + version * version * 101 + version * (i % 997)) % 20_000),
      mtimeUs: mtimeMs * 1000,
      inode: 1_000_000 + i,
      checksum: new Bun.CryptoHasher("sha256").update(`${i} ${version}`).digest("hex"),
      error: null,
    };
  }

  /** What a day does, by path: the entry, or null where nothing stands any more. */
  day(day: number): Map<string, Entry | null> {
    const steps = new Map<string, Entry | null>();
    const count = Math.floor(this.#versions.length / 100);
    for (let n = 0; n < count; n++) {
      const i = n === 0 ? 0 : this.#random(this.#versions.length);
      const kind = n === 0 ? 0 : n % 100;
      if (kind >= 90) {
        steps.set(this.entry(i).path, null);
        this.#places[i] = this.#nextPlace++;
      }
      if (kind < 98) {
        this.#versions[i]!++;
        this.#days[i] = day;
      }
      const entry = this.entry(i);
      steps.set(entry.path, entry);
    }
    return steps;
  }

  #random(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((this.#seed / 0x80000000) * below);
  }
}

async function recordDay(scope: Scope, tree: Tree, day: number, files: number): Promise<void> {
  const timestampMs = FIRST_DAY_MS + day * DAY_MS;
  const steps = [...tree.day(day)]
    .map(([path, entry]) => ({ key: keyOfPath(path, false), entry }))
    .sort((a, b) => compareKeys(a.key, b.key));
  await atomic(scope, (database) => {
    const setId = ensureBackupset(scope, YEAR_SET, timestampMs);
    const writer = new VersionWriter(database, neighboursOf(database, setId, timestampMs));
    for (const { key, entry } of steps) writer.write(key, entry);
    const { snapshotId: id, headerText } = sealed(day, files)([]);
    database
      .query(
        "INSERT INTO snapshots (snapshot_id, set_id, machine_id, backupset_name, timestamp_ms, received_at_ms, header) VALUES (?, ?, ?, ?, ?, ?, ?)",
      )
      .run(id, setId, YEAR_SET.machineId, YEAR_SET.setName, timestampMs, timestampMs, headerText);
  });
}

/** The number of files stays what it was: what is added makes up for what is removed. */
const sealed = (day: number, files: number) => (entries: Iterable<Entry>) => {
  const tally = new EntryTally(() => new Bun.CryptoHasher("sha256"));
  for (const entry of entries) tally.add(entry);
  const { totalSizeBytes, errorCount } = tally;
  const summary = { file_count: files, total_size: totalSizeBytes, error_count: errorCount };
  return headed(YEAR_SET, FIRST_DAY_MS + day * DAY_MS, tally, { summary });
};

if (import.meta.main) {
  const [file, size] = process.argv.slice(2) as [string, string];
  console.log(JSON.stringify(await make(file, JSON.parse(size) as YearSize)));
}
