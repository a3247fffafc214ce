// Objects in an S3-compatible store as a copy: a real server, real answers, and no ETag taken for a checksum.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathText } from "#core/path-bytes.ts";
import { FAULTS, FaultyCopy, named, type Names } from "./faulty-copy.ts";

const folder = mkdtempSync(join(tmpdir(), "bsv-s3-"));
const ENV = { S3_ACCESS_KEY_ID: "S3RVER", S3_SECRET_ACCESS_KEY: "S3RVER", S3_ENDPOINT: "" };
const hasNode = Bun.which("node") !== null;
let server: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;

beforeAll(async () => {
  if (!hasNode) return;
  const script = join(import.meta.dir, "s3-server.mjs");
  server = Bun.spawn(["node", script, folder], { stdout: "pipe", stdin: "ignore" });
  const { value } = await server.stdout.getReader().read();
  ENV.S3_ENDPOINT = `http://127.0.0.1:${new TextDecoder().decode(value).trim()}`;
  Object.assign(process.env, ENV);
});
afterAll(() => {
  server?.kill();
  for (const name of Object.keys(ENV)) delete process.env[name];
  rmSync(folder, { recursive: true, force: true });
});

/** Keys are text without control characters; s3rver keeps them as files. */
const KEYS: Names = {
  canHold: (name) => name.isWellFormed() && !/[\p{Cc}\\*?]/u.test(name) && name.length < 100,
  symlinks: false,
  hardLinks: true,
};

async function upload(from: string, prefix: string): Promise<void> {
  const client = new Bun.S3Client({
    bucket: "bucket",
    endpoint: ENV.S3_ENDPOINT,
    accessKeyId: ENV.S3_ACCESS_KEY_ID,
    secretAccessKey: ENV.S3_SECRET_ACCESS_KEY,
  });
  const names = Bun.spawnSync(["find", from, "-type", "f", "-print0"]).stdout;
  for (const path of pathText(names)
    .split("\0")
    .filter((one) => one !== "")) {
    await client.write(prefix + path.slice(from.length + 1), Bun.file(path));
  }
}

test.skipIf(!hasNode)(
  "objects: a clean copy has no finding, a faulty one exactly those planted, and a lost store is offline",
  async () => {
    const made = await FaultyCopy.open(2 * FAULTS, KEYS);
    await upload(made.copy, "clean/");
    const clean = await made.verify("s3://bucket/clean");
    expect([clean.verification.cut, named(clean.findings)]).toEqual([null, []]);
    expect(clean.verification.isComplete).toBe(true);

    made.plant(FAULTS, [
      "bit flip",
      "truncation",
      "missing",
      "extra",
      "swapped twins",
      "renamed",
      "case changed",
    ]);
    await upload(made.copy, "faulty/");
    const { findings } = await made.verify("s3://bucket/faulty/");
    expect(named(findings)).toEqual(made.expected.toSorted());

    for (const target of ["s3://no-such-bucket/x", "s3://bucket/clean"]) {
      if (target === "s3://bucket/clean") process.env["S3_ENDPOINT"] = "http://127.0.0.1:1";
      const lost = await made.verify(target);
      expect(new Set(lost.findings.map(({ kind }) => kind))).toEqual(new Set(["offline"]));
      expect(lost.verification.isComplete).toBe(false);
    }
    process.env["S3_ENDPOINT"] = ENV.S3_ENDPOINT;
  },
);
