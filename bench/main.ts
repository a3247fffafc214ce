// `bun run bench`: the numbers bsv promises, each as a ratio against a floor measured in the same run, on generated trees.
//   --rows scan,rescan   only these (see bench/rows.ts)      --files 200000   size of the tree of small files
//   --runs 3             medians of so many runs             --million 1000000 size of the large tree
//   --year 1000000       files of the year's history         --days 365        snapshots of it
//   --snapshots 10000    of the set that 50 clients ask about at once
//   --dir DIR            where to work (default: a temporary folder, removed at the end)      --json
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Line } from "./line.ts";
import { rows } from "./rows.ts";
import { Bench } from "./bench.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: Object.keys(rows).join(",") },
    files: { type: "string", default: "200000" },
    million: { type: "string", default: "1000000" },
    year: { type: "string", default: "1000000" },
    days: { type: "string", default: "365" },
    snapshots: { type: "string", default: "10000" },
    runs: { type: "string", default: "3" },
    dir: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const chosen = values.rows.split(",");
const unknown = chosen.filter((name) => !(name in rows));
if (unknown.length > 0) {
  console.error(`No such row: ${unknown.join(", ")}; there are: ${Object.keys(rows).join(", ")}`);
  process.exit(2);
}

const dir = values.dir ?? mkdtempSync(join(tmpdir(), "bsv-bench-"));
const bench = new Bench(dir, {
  fileCount: Number(values.files),
  millionCount: Number(values.million),
  yearCount: Number(values.year),
  dayCount: Number(values.days),
  snapshotCount: Number(values.snapshots),
  runs: Number(values.runs),
});
const lines: Line[] = [];
try {
  console.error(
    `${cpus().length} × ${cpus()[0]?.model ?? "?"}, medians of ${values.runs}, in ${dir}`,
  );
  for (const name of chosen) {
    console.error(`… ${name}`);
    for (const line of await rows[name]!(bench)) {
      lines.push({ ...line, row: name });
      if (!values.json) console.log(text({ ...line, row: name }));
    }
  }
} finally {
  bench.close();
  if (values.dir === undefined) rmSync(dir, { recursive: true, force: true });
}
if (values.json) console.log(JSON.stringify(lines, null, 2));
if (lines.some((line) => line.isReached === false)) process.exitCode = 4;

function text({ row, what, measured, reach, isReached }: Line): string {
  const verdict = isReached === undefined ? "" : isReached ? "reached" : "MISSED";
  return `${(row ?? "").padEnd(8)} ${what.padEnd(46)} ${measured.padEnd(38)} ${reach.padEnd(12)} ${verdict}`.trimEnd();
}
