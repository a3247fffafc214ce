// A tree with a history and copies of it, for tests of the rollback: what stands in a folder, as plain values to compare.
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  lutimesSync,
  writeFileSync,
} from "node:fs";
import { pathText } from "#core/path-bytes.ts";
import type { RollbackStep } from "#core/rollback.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { applyRollback, type ApplyInput, type ApplySummary } from "#jobs/rollback/apply.ts";
import type { RollbackInput } from "#jobs/rollback/roots.ts";
import { RollbackPlan } from "#jobs/rollback/rollback.ts";
import { Trial } from "./scan-trial.ts";

export class RollbackTrial {
  readonly trial: Trial;
  #copies = 0;

  private constructor(trial: Trial) {
    this.trial = trial;
  }

  static async open(): Promise<RollbackTrial> {
    return new RollbackTrial(await Trial.open());
  }

  get tree(): string {
    return this.trial.tree;
  }

  /** Writes a file below the tree, with the folders on the way. */
  write(name: string, content: string | Uint8Array, mtime = 1_700_000_000.5): string {
    const path = `${this.tree}/${name}`;
    mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    writeFileSync(path, content);
    utimesSync(path, mtime, mtime);
    return path;
  }

  link(name: string, target: string, mtime = 1_700_000_001.25): void {
    symlinkSync(target, `${this.tree}/${name}`);
    lutimesSync(`${this.tree}/${name}`, mtime, mtime);
  }

  async scan(): Promise<SnapshotRow> {
    return (await this.trial.settledScan()).row;
  }

  /** A copy of the tree as it is now. */
  copy(): string {
    const to = `${this.trial.home}/copy-${++this.#copies}`;
    cpSync(this.tree, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    return to;
  }

  input(target: SnapshotRow, more: Partial<RollbackInput> = {}): RollbackInput {
    const { dataDir } = this.trial;
    return { target, definition: this.trial.set(), dataDir, path: undefined, copies: [], ...more };
  }

  async plan(target: SnapshotRow, more: Partial<RollbackInput> = {}): Promise<RollbackStep[]> {
    const plan = await RollbackPlan.open(
      this.trial.scope,
      this.input(target, more),
      this.trial.run,
    );
    const steps: RollbackStep[] = [];
    for await (const page of plan.pages()) steps.push(...page);
    return steps;
  }

  apply(target: SnapshotRow, more: Partial<ApplyInput> = {}): Promise<ApplySummary> {
    const input = { ...this.input(target), isDeleting: false, ...more };
    return applyRollback(this.trial.scope, input, this.trial.run);
  }

  close(): Promise<void> {
    return this.trial.close();
  }
}

/** Of a plan what a test compares: `create a.txt`, `overwrite b (changed_since)`. */
export const told = (steps: readonly RollbackStep[], tree: string): string[] =>
  steps.map(
    ({ action, conflict, path }) =>
      `${action} ${path.slice(tree.length + 1)}${conflict === null ? "" : ` (${conflict})`}`,
  );

/** All that stands below a folder but folders: by exact path its bytes or target, and its mtime in microseconds. */
export function standing(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (path: Buffer, below: string): void => {
    for (const name of readdirSync(path, { encoding: "buffer" })) {
      const at = Buffer.concat([path, Buffer.from("/"), name]);
      const stats = lstatSync(at, { bigint: true });
      const text = below + pathText(name);
      if (stats.isDirectory()) {
        visit(at, `${text}/`);
        continue;
      }
      const content = stats.isSymbolicLink()
        ? `-> ${readlinkSync(at, { encoding: "buffer" }).toString("latin1")}`
        : stats.isFile()
          ? readFileSync(at).toString("base64")
          : "special";
      found.set(text, `${content} @${stats.mtimeNs / 1000n}`);
    }
  };
  visit(Buffer.from(folder), "");
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
