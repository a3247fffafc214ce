// A machine with a tree, a backupset file and a bsv that runs from source: what is broken in the source on purpose is broken
// here, too.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");

export const SET = { machineId: "devbox-001", setName: "project-data" };

export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "bsv-machine-"));
  readonly tree = join(this.folder, "tree");
  readonly dataDir: string;

  /** `dataDir` may lie elsewhere: on a small disk. */
  constructor(dataDir?: string) {
    this.dataDir = dataDir ?? join(this.folder, "data");
    mkdirSync(this.tree);
    writeFileSync(
      join(this.folder, "bsv.yaml"),
      `machine_id: ${SET.machineId}\nbackupsets: { ${SET.setName}: { paths: [tree] } }\n`,
    );
  }

  get storeFile(): string {
    return join(this.dataDir, "bsv.db");
  }

  start(...args: string[]): Subprocess<"ignore", "pipe", "ignore"> {
    return Bun.spawn([process.execPath, MAIN, ...args], {
      cwd: this.folder,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: this.folder,
        BSV_DATA_DIR: this.dataDir,
        TZ: "UTC",
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
  }

  /** Runs to its end; `last` is the last line of its --json output. */
  async run(...args: string[]): Promise<{ exit: number; last: Event; stdout: string }> {
    const process = this.start(...args, "--json", "--quiet");
    const [stdout, exit] = await Promise.all([process.stdout.text(), process.exited]);
    const last = stdout.trimEnd().split("\n").at(-1) ?? "";
    return { exit, stdout, last: eventOf(last) };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A line of --json output, as far as these tests look. */
export interface Event {
  type?: string;
  code?: string;
  snapshot_id?: string;
  url?: string;
  message?: string;
}

export function eventOf(line: string): Event {
  return JSON.parse(line) as Event;
}
