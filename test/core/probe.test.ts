// Probes take what real tools make, and refuse the same when it is cut.
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindOf, probe, PROBE_BYTES, type ProbeKind } from "#core/proof/probe.ts";

const folder = mkdtempSync(join(tmpdir(), "bsv-probe-"));
const run = (...line: string[]): Uint8Array => {
  const ran = Bun.spawnSync(line, { cwd: folder });
  if (!ran.success) throw new Error(ran.stderr.toString());
  return ran.stdout;
};
const text = "the text of it\n".repeat(500);
writeFileSync(join(folder, "a.txt"), text);

function sqlite(): Uint8Array {
  const file = join(folder, "x.sqlite");
  const database = new Database(file);
  database.run("CREATE TABLE t (a); ");
  for (let nr = 0; nr < 200; nr++) database.run("INSERT INTO t VALUES (randomblob(500))");
  database.close();
  return readFileSync(file);
}

const png = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  Buffer.alloc(900, 7),
  Buffer.from("\0\0\0\0IEND\xae\x42\x60\x82", "latin1"),
]);
const jpeg = Buffer.concat([
  Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
  Buffer.alloc(900, 7),
  Buffer.from([0xff, 0xd9]),
]);

const made: [ProbeKind, Uint8Array][] = [
  ["gzip", run("gzip", "-c", "a.txt")],
  ["tar", run("tar", "-cf", "-", "a.txt")],
  ["sqlite", sqlite()],
  ["json", Buffer.from(JSON.stringify({ text: [text] }))],
  ["png", png],
  ["jpeg", jpeg],
  ["pdf", Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`)],
];
if (Bun.which("zip") !== null) {
  run("zip", "-q", "a.zip", "a.txt");
  made.push(["zip", readFileSync(join(folder, "a.zip"))]);
}
rmSync(folder, { recursive: true });

const looked = (kind: ProbeKind, bytes: Uint8Array): string | undefined =>
  probe(kind, bytes.length, bytes.subarray(0, PROBE_BYTES), bytes.subarray(-PROBE_BYTES));

for (const [kind, bytes] of made) {
  test(`a ${kind} file as tools make it is whole; cut, emptied or overwritten it is not`, () => {
    expect(looked(kind, bytes)).toBeUndefined();
    expect(looked(kind, bytes.subarray(0, 0))).toBe("alien");
    expect(looked(kind, Buffer.alloc(bytes.length, 0x2e))).toBe("alien");
    // Of gzip's trailer only its length is looked at.
    const cut = bytes.subarray(0, kind === "gzip" ? 15 : Math.floor(bytes.length / 2));
    expect(looked(kind, cut)).toBe("cut");
  });
}

test("names promise what they are known for, and nothing else", () => {
  expect(kindOf("/a/b.tar/letter.ODT")).toBe("zip");
  expect(kindOf("/a/b.pdf/letter")).toBeUndefined();
});
