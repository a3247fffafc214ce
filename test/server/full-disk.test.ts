// A full disk, for real: a small file system in memory. What can't be stored is refused with 507, what is stored can be read, and
// when there is room again the server goes on by itself.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "#core/entry.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { seen, start, stopAll } from "./running.ts";

afterAll(stopAll);

const folder = mkdtempSync(join(tmpdir(), "bsv-full-"));
const mount = (...args: string[]) => process.platform === "linux" && Bun.spawnSync(args).success;
const isMounted = mount("mount", "-t", "tmpfs", "-o", "size=12m", "bsv-full", folder);
afterAll(() => {
  if (isMounted) Bun.spawnSync(["umount", "-l", folder]);
  rmSync(folder, { recursive: true });
});

/** About a megabyte of entries that no other snapshot has. */
function large(n: number) {
  const entry = (i: number): Entry => ({
    ...tree()[0]!,
    path: `/x/${i}`,
    mtimeUs: n * 1e6 + i,
    inode: n,
  });
  const timestamp = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
  return ours(
    Array.from({ length: 5000 }, (_, i) => entry(i)),
    { timestamp },
  );
}

test.skipIf(!isMounted)(
  "I1, I2: a full disk is 507; reading goes on, and writing once there is room",
  async () => {
    const dataDir = join(folder, "data");
    const server = await start({ dataDir });
    const stored: string[] = [];
    let refused: [number, unknown] | undefined;
    for (let n = 0; n < 60 && refused === undefined; n++) {
      const document = large(n);
      const answer = await seen(server.send(document.json));
      if (answer[0] === 201) stored.push(document.id);
      else refused = answer;
    }
    expect(refused).toMatchObject([507, { code: "disk_full", status: 507 }]);
    expect(stored.length).toBeGreaterThan(2);

    // Not a byte is left now, and for any size of body.
    writeFileSync(join(folder, "filler"), Buffer.alloc(1));
    try {
      for (;;) writeFileSync(join(folder, "filler"), Buffer.alloc(4096), { flag: "a" });
    } catch (error) {
      expect(error).toMatchObject({ code: "ENOSPC" });
    }
    for (let n = 100; n < 105; n++) {
      expect(await seen(server.send(large(n).json))).toMatchObject([507, { code: "disk_full" }]);
    }
    const [, rows] = await seen(server.ask(""));
    expect((rows as { snapshot_id: string }[]).map((row) => row.snapshot_id)).toEqual(stored);
    for (const id of stored) {
      expect(await seen(server.ask(id))).toMatchObject([200, { snapshot_id: id }]);
    }

    expect(readdirSync(join(dataDir, "uploads"))).toEqual([]);

    expect(mount("mount", "-o", "remount,size=64m", folder)).toBe(true);
    for (let n = 200; n < 203; n++) {
      const document = large(n);
      expect(await seen(server.send(document.json))).toMatchObject([
        201,
        { snapshot_id: document.id },
      ]);
    }
    await server.stop();
  },
  60_000,
);
