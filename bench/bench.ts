// What the rows share: the binary, trees that are made once, homes that are fresh, processes that are timed.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTree } from "./tree.ts";

export interface Sizes {
  readonly fileCount: number;
  readonly millionCount: number;
  /** Files and snapshots of a generated history. */
  readonly yearCount: number;
  readonly dayCount: number;
  /** Snapshots of the set that many clients ask about at once. */
  readonly snapshotCount: number;
  /** How often each thing is measured. */
  readonly runs: number;
}

export interface Timed {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly stdout: string;
}

export const BSV = join(import.meta.dir, "../dist/bsv");

export class Bench {
  readonly sizes: Sizes;
  readonly #dir: string;
  readonly #stop: (() => void)[] = [];
  #homes = 0;

  constructor(dir: string, sizes: Sizes) {
    mkdirSync(dir, { recursive: true });
    this.#dir = dir;
    this.sizes = sizes;
  }

  /** Small files of 9 KB on average: 200,000 of them are 1.8 GB. */
  smallFiles(): string {
    return this.#tree("small", this.sizes.fileCount, 9216);
  }

  /** Many files with little in them: what counts is how many names there are. */
  millionFiles(): string {
    return this.#tree("million", this.sizes.millionCount, 256);
  }

  /** One file of random bytes. */
  largeFile(bytes: number): string {
    const dir = join(this.#dir, `large-${bytes}`);
    mkdirSync(dir, { recursive: true });
    const made = Bun.spawnSync(["bash", "-c", `head -c ${bytes} /dev/urandom > "$0/file"`, dir]);
    if (!made.success) throw new Error(made.stderr.toString());
    return dir;
  }

  /** A home in which bsv has seen nothing yet, with a backupset `bench` of these trees. */
  newHome(...trees: readonly string[]): Home {
    const home = join(this.#dir, `home-${++this.#homes}`);
    mkdirSync(home, { recursive: true });
    const config = { machine_id: "bench", backupsets: { bench: { paths: trees } } };
    writeFileSync(join(home, "bsv.json"), JSON.stringify(config));
    return new Home(home);
  }

  atEnd(stop: () => void): void {
    this.#stop.push(stop);
  }

  close(): void {
    for (const stop of this.#stop.toReversed()) stop();
  }

  #tree(name: string, count: number, meanBytes: number): string {
    const dir = join(this.#dir, `${name}-${count}`);
    makeTree(dir, { fileCount: count, meanBytes });
    return dir;
  }
}

export class Home {
  readonly dir: string;
  readonly env: Record<string, string>;

  constructor(dir: string) {
    this.dir = dir;
    this.env = {
      ...(process.env as Record<string, string>),
      BSV_HOME: dir,
      BSV_CONFIG: `${dir}/bsv.json`,
    };
  }

  bsv(...args: string[]): Promise<Timed> {
    return timed([BSV, ...args], this.env);
  }

  shell(line: string, ...words: string[]): Promise<Timed> {
    return timed(["bash", "-c", line, "-", ...words], this.env);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Runs it to its end; a failure ends the bench. */
export async function timed(command: readonly string[], env = process.env): Promise<Timed> {
  const startedAt = performance.now();
  const child = Bun.spawn([...command], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exit] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  const seconds = (performance.now() - startedAt) / 1000;
  if (exit !== 0) throw new Error(`${command.join(" ")}: exit ${exit}\n${stderr}${stdout}`);
  return { seconds, peakBytes: child.resourceUsage()?.maxRSS ?? 0, stdout };
}

/** A line of bash, `$1` … are the words. */
export const shell = (line: string, ...words: string[]): Promise<Timed> =>
  timed(["bash", "-c", line, "-", ...words]);

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
