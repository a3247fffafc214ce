// Secrets in memory stay there: a server that crashes leaves no core file. The control shows that another process here does.
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { serveProcess } from "./serve-process.ts";

/** Whether a crashed process leaves a core file in its own folder on this machine. */
const LEAVES_CORES =
  process.platform === "linux" &&
  readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim() === "core" &&
  crashed(["sleep", "60"]).length > 0;

const UNLIMITED = ["bash", "-c", 'ulimit -c unlimited; exec "$@"', "-"];

function crashed(command: readonly string[]): string[] {
  const folder = mkdtempSync(`${tmpdir()}/bsv-core-`);
  const line = 'ulimit -c unlimited; "$@" & sleep 0.2; kill -SEGV $!; wait $!';
  Bun.spawnSync(["bash", "-c", line, "-", ...command], { cwd: folder, stderr: "ignore" });
  const left = readdirSync(folder);
  rmSync(folder, { recursive: true });
  return left;
}

test.if(LEAVES_CORES)(
  "a server that crashes leaves no core with the keys it was told",
  async () => {
    await using serving = await serveProcess([], undefined, UNLIMITED, "keys");
    await fetch(`${serving.url}/machines`, { headers: { "X-API-Key": "bsv_canary" } });
    serving.process.kill("SIGSEGV");
    await serving.process.exited;
    const cores = readdirSync(serving.home.folder).filter((name) => name.startsWith("core"));
    expect(cores).toEqual([]);
  },
);
