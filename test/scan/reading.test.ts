import { expect, test } from "bun:test";
import { linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { Folder } from "#disk/folder.ts";
import { HashPool, hashPool } from "#disk/hash-pool.ts";
import { newSha256 } from "#disk/sha256.ts";
import { Reading, StillReading } from "#scan/reading.ts";

test("I7: a hard link seen after the file was written to is read again, not given the digest of what was there", async () => {
  const base = mkdtempSync(`${tmpdir()}/bsv-reading-`);
  const folder = Folder.open(base);
  const reading = new Reading(
    hashPool(1),
    () => {},
    () => {},
  );
  const add = (path: string): number =>
    reading.add({
      facts: folder.look(path),
      base,
      path,
      prefix: `${base}/`,
      hasInodes: true,
    });
  const sha256 = (text: string): string => {
    const hasher = newSha256();
    hasher.update(text);
    return hasher.digest("hex");
  };
  try {
    writeFileSync(`${base}/a`, "before");
    for (const name of ["b", "c", "d"]) linkSync(`${base}/a`, `${base}/${name}`);
    const [a, b] = [add("a"), add("b")];
    expect(b).toBe(a);
    await reading.finish();
    writeFileSync(`${base}/a`, "afterwards");
    const [c, d] = [add("c"), add("d")];
    expect(d).toBe(c);
    await reading.finish();
    expect([reading.digests.hex(a), reading.digests.hex(c)]).toEqual([
      sha256("before"),
      sha256("afterwards"),
    ]);
  } finally {
    folder.close();
    rmSync(base, { recursive: true });
  }
});

/** Reads nothing: each file takes as long as its path says, and is too large to share a batch. */
function slowReading(pool: HashPool): { reading: Reading; takes: (ms: number) => number } {
  const reading = new Reading(
    pool,
    () => {},
    () => {},
    500,
  );
  const takes = (ms: number): number =>
    reading.add({
      facts: { ...Folder.open("/").lookAtItself(), links: 1, sizeBytes: 5 << 20 },
      base: "/",
      path: String(ms),
      prefix: "/",
      hasInodes: true,
    });
  return { reading, takes };
}
const slowPool = (): HashPool => new HashPool(1, new URL("./slow-hash-worker.ts", import.meta.url));

test("a digest is waited for while the event loop stands still, but not for long", async () => {
  const { reading, takes } = slowReading(slowPool());
  const [quick, slow] = [takes(50), takes(1500)];
  const isRead = reading.finish();
  reading.settle(quick);
  expect(reading.digests.hex(quick)).toBe("01".repeat(32));
  expect(() => reading.settle(slow)).toThrow(StillReading);
  await isRead;
  reading.settle(slow);
  expect(reading.digests.hex(slow)).toBe("01".repeat(32));
});

test("I2: what was stopped before it was read has no digest, and never the one that stands where none was written", async () => {
  const pool = slowPool();
  const { reading, takes } = slowReading(pool);
  const [quick, slow] = [takes(0), takes(50)];
  await reading.nearEnd(); // and now the store is waited for
  pool.cancel(new Error("stopped"));
  for (const number of [quick, slow]) expect(() => reading.settle(number)).toThrow("stopped");
});
