// The rows of the promise, by name. Each measures bsv and its floor in turns, so that a noisy minute meets both.
import { join } from "node:path";
import { BSV, median, shell, timed, type Bench } from "./bench.ts";
import { deleteRow, dupesRow, lateRow, pruneRow, rollbackRow } from "./care.ts";
import { changeTree } from "./tree.ts";
import { growthRow, historyRow } from "./history.ts";
import { ingestRow } from "./ingest.ts";
import { keysRow } from "./keys.ts";
import { queriesRow } from "./queries.ts";
import { millionCopiesRow, verifyRow } from "./verify.ts";
import { atMost, ratioAtLeast, ratioAtMost, type Line } from "./line.ts";

export const rows: Readonly<Record<string, (bench: Bench) => Promise<Line[]>>> = {
  start,
  scan,
  tools,
  rescan,
  large,
  million,
  ingest: ingestRow,
  history: historyRow,
  growth: growthRow,
  queries: queriesRow,
  keys: keysRow,
  verify: verifyRow,
  copies: millionCopiesRow,
  dupes: dupesRow,
  prune: pruneRow,
  rollback: rollbackRow,
  delete: deleteRow,
  late: lateRow,
};

/** How long it takes to say the version. */
async function start(): Promise<Line[]> {
  const seconds: number[] = [];
  for (let i = 0; i < 20; i++) seconds.push((await timed([BSV, "version"])).seconds);
  return [atMost("bsv version", median(seconds) * 1000, 40, "ms")];
}

/** A first scan, warm, against reading every byte with cat in two processes. */
async function scan(bench: Bench): Promise<Line[]> {
  const tree = bench.smallFiles();
  const { bsv, floor } = await inTurns(bench, tree, CAT);
  return [ratioAtMost("first scan / find | xargs -P2 cat", bsv, floor, 1.2)];
}

/** The same scan against tools that also read everything; each of them once, they are slow. */
async function tools(bench: Bench): Promise<Line[]> {
  const tree = bench.smallFiles();
  const { bsv } = await inTurns(bench, tree, CAT);
  const lines: Line[] = [];
  for (const { name, needs, line, reach } of TOOLS) {
    if (Bun.which(needs) === null) {
      lines.push({
        what: name,
        measured: "not installed",
        reach: `≥ ${reach} ×`,
        isReached: undefined,
      });
      continue;
    }
    const work = bench.newHome(tree);
    const { seconds } = await shell(line, tree, work.dir);
    work.remove();
    lines.push(ratioAtLeast(`${name} / first scan`, seconds, bsv, reach));
  }
  return lines;
}

/** A rescan of an unchanged tree, snapshot stored and document written, against find's listing. */
async function rescan(bench: Bench): Promise<Line[]> {
  const tree = bench.smallFiles();
  const home = bench.newHome(tree);
  await home.bsv("scan", "-q");
  const ours: number[] = [];
  const floor: number[] = [];
  for (let i = 0; i < bench.sizes.runs; i++) {
    floor.push((await shell(`find "$1" -printf '%p %s %T@ %i\\n' > /dev/null`, tree)).seconds);
    ours.push((await home.bsv("scan", "-q")).seconds);
  }
  home.remove();
  return [ratioAtMost("rescan / find -printf", median(ours), median(floor), 3.5)];
}

/** One large file against the hasher alone on memory. */
async function large(bench: Bench): Promise<Line[]> {
  const bytes = 2 ** 31;
  const tree = bench.largeFile(bytes);
  await shell('cat "$1"/file > /dev/null', tree);
  const speeds: number[] = [];
  const hasherSpeeds: number[] = [];
  for (let i = 0; i < bench.sizes.runs; i++) {
    hasherSpeeds.push(bytes / hasherSeconds(bytes));
    const home = bench.newHome(tree);
    speeds.push(bytes / (await home.bsv("scan", "-q")).seconds);
    home.remove();
  }
  return [
    ratioAtLeast(
      "2 GiB file: speed / hasher's own",
      median(speeds),
      median(hasherSpeeds),
      0.9,
      "speed",
    ),
  ];
}

/** The large tree: memory, store size, and what a change of 1 % adds. */
async function million(bench: Bench): Promise<Line[]> {
  const tree = bench.millionFiles();
  const home = bench.newHome(tree);
  const first = await home.bsv("scan", "-q");
  const firstBytes = await storeBytes(home.dir);
  changeTree(tree, home.dir.length);
  const second = await home.bsv("scan", "-q");
  const laterBytes = (await storeBytes(home.dir)) - firstBytes;
  home.remove();
  return [
    {
      what: "1M files: first scan, rescan with 1 % changed",
      measured: `${first.seconds.toFixed(1)} s, ${second.seconds.toFixed(1)} s`,
      reach: "",
      isReached: undefined,
    },
    atMost("scan, peak memory", Math.max(first.peakBytes, second.peakBytes) / 1e6, 300, "MB"),
    atMost("store after the first snapshot", firstBytes / 1e6, 270, "MB"),
    atMost("store, added by 1 % changed", laterBytes / 1e6, 2.5, "MB"),
  ];
}

const CAT = `find "$1" -type f -print0 | xargs -0 -P2 -n 256 cat > /dev/null`;

/** `$1` is the tree, `$2` a folder to work in. */
const TOOLS = [
  {
    name: "sha256sum, two processes",
    needs: "sha256sum",
    line: `find "$1" -type f -print0 | xargs -0 -P2 -n 256 sha256sum > /dev/null`,
    reach: 1.5,
  },
  {
    name: "hashdeep -r",
    needs: "hashdeep",
    line: `hashdeep -c sha256 -r "$1" > /dev/null`,
    reach: 2,
  },
  {
    name: "borg create",
    needs: "borg",
    line: `cd "$2" && export BORG_BASE_DIR="$2" && borg init -e none repo && borg create repo::one "$1"`,
    reach: 6,
  },
  {
    name: "aide --init",
    needs: "aide",
    line: `cd "$2" && printf 'database_out=file:%s/aide.db\\n%s p+s+m+i+sha256\\n' "$2" "$1" > aide.conf && aide --init --config=aide.conf`,
    reach: 7,
  },
  {
    name: "restic backup",
    needs: "restic",
    line: `export RESTIC_PASSWORD=x RESTIC_REPOSITORY="$2/repo" RESTIC_CACHE_DIR="$2/cache" && restic init -q && restic backup -q "$1"`,
    reach: 7,
  },
] as const;

async function inTurns(bench: Bench, tree: string, floorLine: string) {
  const ours: number[] = [];
  const floor: number[] = [];
  await shell(floorLine, tree); // warm
  for (let i = 0; i < bench.sizes.runs; i++) {
    floor.push((await shell(floorLine, tree)).seconds);
    const home = bench.newHome(tree);
    ours.push((await home.bsv("scan", "-q")).seconds);
    home.remove();
  }
  return { bsv: median(ours), floor: median(floor) };
}

function hasherSeconds(bytes: number): number {
  const piece = crypto.getRandomValues(new Uint8Array(65_536));
  const buffer = Buffer.concat(Array.from({ length: 16 }, () => piece));
  const hasher = new Bun.CryptoHasher("sha256");
  const startedAt = performance.now();
  for (let done = 0; done < bytes; done += buffer.length) hasher.update(buffer);
  hasher.digest("hex");
  return (performance.now() - startedAt) / 1000;
}

/** The store with its write-ahead log. */
async function storeBytes(home: string): Promise<number> {
  const files = ["bsv.db", "bsv.db-wal"].map((name) => Bun.file(join(home, "data", name)));
  const sizes = await Promise.all(
    files.map(async (file) => ((await file.exists()) ? file.size : 0)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
