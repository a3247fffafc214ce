// Runs bsv as its users do: the compiled binary as a process of its own, in a home of its own.
import { setDefaultTimeout } from "bun:test";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// The first test of a room may have to build.
setDefaultTimeout(30_000);

const root = join(import.meta.dir, "../..");
export const binary = join(root, process.platform === "win32" ? "dist/bsv.exe" : "dist/bsv");

/** A finished run. */
export interface Ran {
  exit: number;
  stdout: string;
  stderr: string;
}

export class Home {
  /** The folder it all happens in; also the working directory of `run`. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "bsv-test-")));
  readonly env: Record<string, string>;

  constructor(env: Record<string, string> = {}) {
    buildOnce();
    this.env = {
      PATH: process.env["PATH"] ?? "",
      HOME: this.folder,
      BSV_HOME: join(this.folder, "bsv-home"),
      TZ: "UTC",
      LC_ALL: "C.UTF-8",
      ...env,
    };
  }

  /** Runs `bsv ...args` and waits for its end. */
  async run(args: readonly string[], options: { cwd?: string; stdin?: string } = {}): Promise<Ran> {
    const process = Bun.spawn([binary, ...args], {
      cwd: options.cwd ?? this.folder,
      env: this.env,
      stdin: options.stdin === undefined ? "ignore" : Buffer.from(options.stdin),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, exit] = await Promise.all([
      process.stdout.text(),
      process.stderr.text(),
      process.exited,
    ]);
    return { exit, stdout, stderr };
  }

  /** Runs a line of bash in which `bsv` is the binary: for pipes, redirections and signals. */
  async shell(line: string): Promise<Ran> {
    const script = `bsv() { ${JSON.stringify(binary)} "$@"; }; ${line}`;
    const process = Bun.spawn(["bash", "-c", script], {
      cwd: this.folder,
      env: { ...this.env, BSV: binary },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, exit] = await Promise.all([
      process.stdout.text(),
      process.stderr.text(),
      process.exited,
    ]);
    return { exit, stdout, stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The kernel with the commands of trial/main.ts, from source, as a process. */
export function trial(args: readonly string[]) {
  return Bun.spawn([process.execPath, join(import.meta.dir, "trial/main.ts"), ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

// --- internal ---

let isBuilt = false;

/** `bun run test` builds first; whoever runs one test alone gets a binary that is not older than the source. */
function buildOnce(): void {
  if (isBuilt) return;
  isBuilt = true;
  if (existsSync(binary) && !isOlderThanSource()) return;
  const build = Bun.spawnSync(["bun", join(root, "script/build.ts")], { cwd: root });
  if (!build.success) throw new Error(`build failed:\n${build.stderr.toString()}`);
}

function isOlderThanSource(): boolean {
  const newer = ["find", "src", "drizzle", "package.json", "-newer", binary, "-print", "-quit"];
  return Bun.spawnSync(newer, { cwd: root }).stdout.length > 0;
}
