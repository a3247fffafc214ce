// Verifying copies against what reading them costs anyway: a folder against cat, a tar archive against its list and one core's SHA-256,
// a zip archive against unzip's own test; and against the tools that compare everything.
import { join } from "node:path";
import { mkdirSync, rmSync } from "node:fs";
import { median, shell, type Bench, type Home } from "./bench.ts";
import { atMost, ratioAtLeast, ratioAtMost, type Line } from "./line.ts";

export async function verifyRow(bench: Bench): Promise<Line[]> {
  const tree = bench.smallFiles();
  const home = bench.newHome(tree);
  await home.bsv("scan", "--quiet");
  const work = join(home.dir, "copies");
  mkdirSync(work);
  const [copy, zip] = [join(work, "copy"), join(work, "t.zip")];
  await shell('cp -a "$1" "$2"', tree, copy);
  const lines = [
    ...(await folderLines(bench, home, tree, copy)),
    ...(await tarLines(bench, tree, bench.largeFile(2 ** 31))),
  ];
  if (Bun.which("zip") !== null && Bun.which("unzip") !== null) {
    await shell('cd "$1" && zip -qr "$2" .', tree, zip);
    const { bsv, floor } = await inTurns(bench, home, zip, ['unzip -tq "$1"', zip]);
    lines.push(ratioAtLeast("unzip -t / verify of a zip archive", floor, bsv, 0.5));
  }
  home.remove();
  return lines;
}

/** A million entries, whatever they are kept in: memory stays flat. */
export async function millionCopiesRow(bench: Bench): Promise<Line[]> {
  const tree = bench.millionFiles();
  const home = bench.newHome(tree);
  await home.bsv("scan", "--quiet");
  const copy = join(home.dir, "copy");
  const lines: Line[] = [];
  for (const { kind, tool, pack, target } of MILLION) {
    if (Bun.which(tool) === null) continue;
    await shell(pack, tree, copy);
    const { seconds, peakBytes } = await home.bsv("verify", "--copy", target + copy, "--quiet");
    rmSync(copy, { recursive: true });
    const what = `1M entries, ${kind}, in ${seconds.toFixed(0)} s: memory`;
    lines.push(atMost(what, peakBytes / 1e6, 250, "MB"));
  }
  home.remove();
  return lines;
}

// --- internal ---

/** `$1` is the tree, `$2` where to put the copy. */
const MILLION = [
  { kind: "folder", tool: "cp", pack: 'cp -a "$1" "$2"', target: "" },
  { kind: "tar", tool: "tar", pack: 'tar -C "$1" -cf "$2" .', target: "tar:" },
  { kind: "tar.gz", tool: "gzip", pack: 'tar -C "$1" -c . | gzip -1 > "$2"', target: "tar:" },
  {
    kind: "zip",
    tool: "zip",
    pack: 'cd "$1" && zip -qr1 "$2.zip" . && mv "$2.zip" "$2"',
    target: "zip:",
  },
  {
    kind: "sums",
    tool: "sha256sum",
    pack: 'cd "$1" && find . -type f -print0 | xargs -0 sha256sum > "$2"',
    target: "sums:",
  },
] as const;

const CAT = 'find "$1" -type f -print0 | xargs -0 cat > /dev/null';
const SHA = 'tar -tf "$1" > /dev/null && sha256sum "$1"';

async function folderLines(bench: Bench, home: Home, tree: string, copy: string): Promise<Line[]> {
  const { bsv, floor, peakBytes } = await inTurns(bench, home, copy, [CAT, copy]);
  const lines = [
    ratioAtMost("verify of a folder / find | xargs cat", bsv, floor, 1.5),
    atMost("its memory", peakBytes / 2 ** 20, 250, "MiB"),
  ];
  const list = join(home.dir, "known");
  if (Bun.which("hashdeep") !== null) {
    await shell('cd "$1" && hashdeep -c sha256 -l -r . > "$2"', tree, list);
  }
  const others = [
    ["rclone", "rclone check --download", 'rclone check --download -q "$1" "$2"', [tree, copy]],
    ["hashdeep", "hashdeep -a", 'cd "$1" && hashdeep -c sha256 -l -r -a -k "$2" .', [copy, list]],
  ] as const;
  for (const [tool, what, line, words] of others) {
    if (Bun.which(tool) === null) continue;
    const { seconds } = await shell(line, ...words);
    lines.push(ratioAtLeast(`${what} / verify of a folder`, seconds, bsv, 3));
  }
  return lines;
}

/** An archive of the small files and of a large one: 4 GB. */
async function tarLines(bench: Bench, small: string, large: string): Promise<Line[]> {
  const home = bench.newHome(small, large);
  await home.bsv("scan", "--quiet");
  const tar = join(home.dir, "t.tar");
  await shell('tar -C / -cf "$3" "${1#/}" "${2#/}"', small, large, tar);
  const { bsv, floor, peakBytes } = await inTurns(bench, home, tar, [SHA, tar]);
  home.remove();
  return [
    ratioAtLeast("tar -tf and sha256sum / verify of a tar archive", floor, bsv, 0.7),
    atMost("its memory", peakBytes / 2 ** 20, 250, "MiB"),
  ];
}

/** In turns, so that a noisy minute meets both; medians. */
async function inTurns(
  bench: Bench,
  home: Home,
  target: string,
  [line, ...words]: [string, ...string[]],
): Promise<{ bsv: number; floor: number; peakBytes: number }> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  let peakBytes = 0;
  for (let run = 0; run < bench.sizes.runs; run++) {
    theirs.push((await shell(line, ...words)).seconds);
    const verified = await home.bsv("verify", "--copy", target, "--quiet");
    ours.push(verified.seconds);
    peakBytes = Math.max(peakBytes, verified.peakBytes);
  }
  return { bsv: median(ours), floor: median(theirs), peakBytes };
}
