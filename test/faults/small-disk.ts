// A disk that is soon full: a tmpfs of a few MB, which only root may mount.
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SIZE_BYTES = 8 * 1024 * 1024;

export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), "bsv-small-"));

  /** Whether this process may mount; where it may not, tests are skipped by name. */
  static isPossible(): boolean {
    if (process.platform !== "linux") return false;
    const disk = mkdtempSync(join(tmpdir(), "bsv-mount-"));
    const isMounted = mount(disk);
    if (isMounted) Bun.spawnSync(["umount", disk]);
    rmSync(disk, { recursive: true });
    return isMounted;
  }

  constructor() {
    if (!mount(this.folder)) throw new Error(`Can't mount ${this.folder}`);
  }

  /** Leaves only so much. */
  fill(leftBytes: number): void {
    rmSync(this.#filler, { force: true });
    const { bavail, bsize } = statfsSync(this.folder);
    writeFileSync(this.#filler, new Uint8Array(Math.max(0, bavail * bsize - leftBytes)));
  }

  relieve(): void {
    rmSync(this.#filler, { force: true });
  }

  [Symbol.dispose](): void {
    Bun.spawnSync(["umount", "-l", this.folder]);
    rmSync(this.folder, { recursive: true });
  }

  get #filler(): string {
    return join(this.folder, "filler");
  }
}

// --- internal ---

function mount(folder: string): boolean {
  const args = ["mount", "-t", "tmpfs", "-o", `size=${SIZE_BYTES}`, "tmpfs", folder];
  return Bun.spawnSync(args, { stdout: "ignore", stderr: "ignore" }).success;
}
