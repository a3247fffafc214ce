// What is asked of a year's history: each a process of its own, its text written to a file; and how that grows with files and days.
import { statSync } from "node:fs";
import { join } from "node:path";
import { BSV, median, timed, type Bench, type Home, type Timed } from "./bench.ts";
import { atMost, type Line } from "./line.ts";
import { makeYear, type Year } from "./year.ts";

export async function historyRow(bench: Bench): Promise<Line[]> {
  const { yearCount, dayCount } = bench.sizes;
  const { home, year } = await newYear(bench, yearCount, dayCount);
  const storeBytes = statSync(storeOf(home)).size;
  const day = await toFile(bench, home, "diff");
  const all = await toFile(bench, home, "diff", `latest~${dayCount - 1}`, "latest");
  const log = await toFile(bench, home, "log", year.path);
  const find = await toFile(bench, home, "find", "--checksum", year.checksum);
  const du = await toFile(bench, home, "du", "--growth", "latest~30");
  const version = median(
    await Promise.all(range(5).map(async () => (await timed([BSV, "version"])).seconds)),
  );
  home.remove();
  const what = `${yearCount} files, ${dayCount} days`;
  return [
    atMost(`store of ${what}`, storeBytes / 1e9, 1.2, "GB"),
    atMost("diff of two neighbours", day.seconds * 1000, 250, "ms"),
    atMost("diff of the first and the last", all.seconds, 4, "s"),
    atMost("diff of the first and the last, peak memory", all.peakBytes / 1e6, 300, "MB"),
    atMost("log PATH", log.seconds * 1000, 80, "ms"),
    atMost("find --checksum", find.seconds * 1000, 80, "ms"),
    told(
      "du --growth of 30 days",
      `${du.seconds.toFixed(2)} s, ${(du.peakBytes / 1e6).toFixed(0)} MB`,
    ),
    told("bsv version, for comparison", `${(version * 1000).toFixed(0)} ms`),
  ];
}

/** The exponent k of time ~ size^k: 0 does not grow, 1 grows in proportion. */
export async function growthRow(bench: Bench): Promise<Line[]> {
  const { yearCount } = bench.sizes;
  const lines: Line[] = [];
  const byFiles = [yearCount / 100, yearCount / 10, yearCount].map((files) => ({
    files,
    days: 10,
  }));
  const byDays = [10, 100, 1000].map((days) => ({ files: yearCount / 100, days }));
  for (const [name, sizes] of [
    ["files", byFiles],
    ["snapshots", byDays],
  ] as const) {
    const points: Record<string, [size: number, seconds: number][]> = {
      diff: [],
      log: [],
      find: [],
    };
    for (const { files, days } of sizes) {
      const { home, year } = await newYear(bench, files, days);
      const size = name === "files" ? files : days;
      points["diff"]!.push([size, (await toFile(bench, home, "diff")).seconds]);
      points["log"]!.push([size, (await toFile(bench, home, "log", year.path)).seconds]);
      points["find"]!.push([
        size,
        (await toFile(bench, home, "find", "--checksum", year.checksum)).seconds,
      ]);
      home.remove();
    }
    for (const [verb, measured] of Object.entries(points)) {
      const times = measured.map(([size, seconds]) => `${size}: ${(seconds * 1000).toFixed(0)} ms`);
      lines.push(
        told(`${verb} by ${name}: exponent ${exponentOf(measured).toFixed(2)}`, times.join(", ")),
      );
    }
  }
  return lines;
}

// --- internal ---

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const storeOf = (home: Home): string => join(home.dir, "data/bsv.db");

const told = (what: string, measured: string): Line => ({
  what,
  measured,
  reach: "",
  isReached: undefined,
});

async function newYear(
  bench: Bench,
  files: number,
  days: number,
): Promise<{ home: Home; year: Year }> {
  const home = bench.newHome("/nonexistent");
  return { home, year: await makeYear(storeOf(home), { files, days }) };
}

/** The median of the runs; its text goes to a file. */
async function toFile(bench: Bench, home: Home, ...words: string[]): Promise<Timed> {
  const line = `out=$1; shift; exec "$@" > "$out"`;
  const runs: Timed[] = [];
  for (let run = 0; run < bench.sizes.runs; run++) {
    runs.push(await home.shell(line, join(home.dir, "out.txt"), BSV, ...words));
  }
  const seconds = median(runs.map((run) => run.seconds));
  return { ...runs[0]!, seconds, peakBytes: Math.max(...runs.map((run) => run.peakBytes)) };
}

/** The slope of the line through the points, both axes logarithmic. */
function exponentOf(points: readonly [number, number][]): number {
  const logs = points.map(([size, seconds]) => [Math.log(size), Math.log(seconds)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const over = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
