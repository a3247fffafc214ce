// A file system that knows no case, and whose inodes are made up: an exFAT image, where this machine can mount one.
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TOOLS = ["mkfs.exfat", "losetup", "mount.exfat-fuse", "umount"];
export const hasExfat =
  process.getuid?.() === 0 && TOOLS.every((tool) => Bun.which(tool) !== null) && canMount();

/** Mounts a new one at an empty folder, which is made; what is returned takes it away. */
export function mountExfat(image: string, folder: string): Disposable {
  mkdirSync(folder, { recursive: true });
  writeFileSync(image, "");
  truncateSync(image, 8 << 20);
  run("mkfs.exfat", image);
  const device = run("losetup", "-f", "--show", image);
  try {
    run("mount.exfat-fuse", device, folder);
  } catch (error) {
    run("losetup", "-d", device);
    throw error;
  }
  return {
    [Symbol.dispose]() {
      run("umount", folder);
      run("losetup", "-d", device);
    },
  };
}

function run(...command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
  return stdout.toString().trim();
}

/** In a container root may have the tools and not the right. */
function canMount(): boolean {
  const home = mkdtempSync(join(tmpdir(), "bsv-exfat-"));
  try {
    mountExfat(join(home, "image"), join(home, "drive"))[Symbol.dispose]();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
