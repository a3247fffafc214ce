// A home with a store and a tree to scan, for tests of the scan job.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Backupset } from "#core/config/config.ts";
import type { Run, Trouble } from "#core/run.ts";
import { everything, type Scope } from "#db/scope.ts";
import { openStore, type Store } from "#db/store/store.ts";
import type { ScanInput } from "#jobs/scan/input.ts";
import { previewScan } from "#jobs/scan/preview.ts";
import type { ScanSummary } from "#jobs/scan/record.ts";
import { scan } from "#jobs/scan/scan.ts";

/** Whether file systems can be mounted here: a container may forbid it to root, too. */
export const canMount = triedMount();

const place = { file: "bsv.yaml", line: 1, column: 1 };

interface DocumentFiles {
  snapshot_id: string;
  timestamp: string;
  parent_id: string | null;
  tree_hash: string;
  roots: { path: string; state: string }[];
  clock_skew_ms?: number;
  skipped_mounts?: string[];
  summary: Record<string, unknown>;
  files: {
    path: string;
    type?: string;
    target?: string;
    size: number | null;
    mtime: number | null;
    checksum: string | null;
    error: string | null;
  }[];
}

export class Trial {
  readonly home = mkdtempSync(`${tmpdir()}/bsv-scan-`);
  readonly dataDir = `${this.home}/data`;
  /** What is scanned unless a test says otherwise. */
  readonly tree = `${this.home}/tree`;
  readonly troubles: Trouble[] = [];
  readonly notes: string[] = [];
  readonly controller = new AbortController();
  /** Wall clock of the next scan. */
  nowMs: number | undefined;
  /** Called whenever a run tells how far it is. */
  onProgress = (): void => {};
  store!: Store;
  scope!: Scope;

  static async open(): Promise<Trial> {
    const trial = new Trial();
    mkdirSync(trial.tree);
    trial.store = await openStore(`${trial.dataDir}/bsv.db`);
    trial.scope = everything(trial.store);
    return trial;
  }

  /** A file below the tree, in folders that are made for it. */
  write(path: string, content: string | Uint8Array = path): void {
    const file = `${this.tree}/${path}`;
    mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    writeFileSync(file, content);
  }

  /** Paths as they are below the tree. */
  names(files: readonly { path: string }[]): string[] {
    return files.map(({ path }) => path.slice(this.tree.length + 1));
  }

  get run(): Run {
    return {
      signal: this.controller.signal,
      monitor: {
        progress: () => this.onProgress(),
        trouble: (trouble) => this.troubles.push(trouble),
        note: (text) => this.notes.push(text),
      },
      now: () => this.nowMs ?? Date.now(),
    };
  }

  set(changes: Partial<Backupset> = {}, paths = [this.tree]): Backupset {
    return {
      name: "photos",
      place,
      stated: new Map(),
      description: undefined,
      retention: undefined,
      copies: new Map(),
      roots: paths.map((path) => ({ path, place })),
      exclude: [],
      excludeIfPresent: [],
      ignoreFiles: [],
      oneFileSystem: false,
      followRootSymlink: false,
      expect: { minFiles: undefined, marker: undefined },
      ...changes,
    };
  }

  input(changes: Partial<ScanInput> = {}): ScanInput {
    return {
      set: this.set(),
      machineId: "devbox",
      agentId: "agent",
      dataDir: this.dataDir,
      keepDocuments: 10,
      reread: false,
      allowEmpty: false,
      threads: 2,
      tool: { name: "bsv", version: "1" },
      ...changes,
    };
  }

  scan(changes: Partial<ScanInput> = {}): Promise<ScanSummary> {
    return scan(this.scope, this.input(changes), this.run);
  }

  preview(changes: Partial<ScanInput> = {}) {
    return previewScan(this.scope, this.input(changes), this.run);
  }

  /** Scans long after the files were written, so that they are carried next time. */
  async settledScan(changes: Partial<ScanInput> = {}): Promise<ScanSummary> {
    const nowMs = this.nowMs;
    this.nowMs = (nowMs ?? Date.now()) + 10_000;
    try {
      return await this.scan(changes);
    } finally {
      this.nowMs = nowMs === undefined ? undefined : this.nowMs + 1;
    }
  }

  documents(): string[] {
    return readdirSync(`${this.dataDir}/Snapshots/devbox/photos`).toSorted();
  }

  document({ documentFile }: ScanSummary): DocumentFiles {
    return JSON.parse(readFileSync(documentFile, "utf8")) as DocumentFiles;
  }

  async close(): Promise<void> {
    await this.store.close();
    Bun.spawnSync(["rm", "-rf", this.home]);
  }
}

function triedMount(): boolean {
  if (process.getuid?.() !== 0 || Bun.which("mount") === null) return false;
  const folder = mkdtempSync(`${tmpdir()}/bsv-mount-`);
  try {
    if (!Bun.spawnSync(["mount", "-t", "tmpfs", "none", folder]).success) return false;
    return Bun.spawnSync(["umount", folder]).success;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
