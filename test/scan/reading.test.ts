import { expect, test } from "bun:test";
import { linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { Folder } from "#disk/folder.ts";
import { hashPool } from "#disk/hash-pool.ts";
import { newSha256 } from "#disk/sha256.ts";
import { Reading } from "#scan/reading.ts";

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
      entryPath: `${base}/${path}`,
      base,
      path,
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
