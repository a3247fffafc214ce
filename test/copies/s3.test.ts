// Objects in an S3-compatible store as a copy: a real server, real answers, and no ETag taken for a checksum.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathText } from "#core/path-bytes.ts";
import { copyStandings } from "#db/proof/standings.ts";
import { checksumStore, type Told } from "./checksum-store.ts";
import { everyFaultIsFound } from "./fault-matrix.ts";
import { FAULT_KINDS, FaultyCopy, named, type Names } from "./faulty-copy.ts";

const folder = mkdtempSync(join(tmpdir(), "bsv-s3-"));
const ENV = { S3_ACCESS_KEY_ID: "S3RVER", S3_SECRET_ACCESS_KEY: "S3RVER", S3_ENDPOINT: "" };
const hasNode = Bun.which("node") !== null;
let server: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;

beforeAll(async () => {
  if (!hasNode) return;
  const script = join(import.meta.dir, "s3-server.mjs");
  // Where a listing goes on it says encrypted by DES, which OpenSSL 3 calls legacy.
  const command = ["node", "--openssl-legacy-provider", script, folder];
  server = Bun.spawn(command, { stdout: "pipe", stdin: "ignore" });
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

/** An object has no mtime to be touched. */
const WITHOUT_TIMES = FAULT_KINDS.filter((fault) => fault !== "touched");

/** More keys than a store lists at once. */
const MANY = 1050;

const clientOf = (): Bun.S3Client =>
  new Bun.S3Client({
    bucket: "bucket",
    endpoint: ENV.S3_ENDPOINT,
    accessKeyId: ENV.S3_ACCESS_KEY_ID,
    secretAccessKey: ENV.S3_SECRET_ACCESS_KEY,
  });

function filesIn(folder: string): string[] {
  const names = Bun.spawnSync(["find", folder, "-type", "f", "-print0"]).stdout;
  return pathText(names)
    .split("\0")
    .filter((one) => one !== "");
}

async function upload(from: string, prefix: string): Promise<void> {
  const client = clientOf();
  const paths = filesIn(from);
  for (let at = 0; at < paths.length; at += 16) {
    const some = paths.slice(at, at + 16);
    await Promise.all(
      some.map((path) => client.write(prefix + path.slice(from.length + 1), Bun.file(path))),
    );
  }
}

test.skipIf(!hasNode)(
  "objects: a clean copy has no finding, a faulty one exactly those planted, and a lost store is offline",
  async () => {
    let prefixes = 0;
    const made = await everyFaultIsFound({
      what: "s3",
      names: KEYS,
      faults: WITHOUT_TIMES,
      async pack({ copy }) {
        const prefix = `copy-${++prefixes}`;
        await upload(copy, `${prefix}/`);
        return `s3://bucket/${prefix}`;
      },
    });
    for (const target of ["s3://no-such-bucket/x", "s3://bucket/copy-1"]) {
      if (target === "s3://bucket/copy-1") process.env["S3_ENDPOINT"] = "http://127.0.0.1:1";
      const lost = await made.verify(target);
      expect(new Set(lost.findings.map(({ kind }) => kind))).toEqual(new Set(["offline"]));
      expect(lost.verification.isComplete).toBe(false);
    }
    process.env["S3_ENDPOINT"] = ENV.S3_ENDPOINT;
  },
);

test.skipIf(!hasNode)(
  "a listing over several pages is read to its end: what is bad or gone behind the first thousand keys is found",
  async () => {
    const made = await FaultyCopy.open(8, KEYS);
    mkdirSync(`${made.tree}/many`);
    for (let nr = 0; nr < MANY; nr++) writeFileSync(`${made.tree}/many/${1e6 + nr}`, `nr ${nr}`);
    made.row = (await made.trial.scan()).row;
    await upload(made.tree, "many/");
    const wish = { layout: { strip: "", prefix: made.tree, maps: [] } };
    const bucket = clientOf();
    await bucket.delete(`many/many/${1e6 + MANY - 1}`);
    await bucket.write(`many/many/${1e6 + MANY - 2}`, `Nr ${MANY - 2}`);
    const { findings, verification } = await made.verify("s3://bucket/many", wish);
    expect(verification).toMatchObject({ isComplete: true, cut: null });
    expect(named(findings)).toEqual([
      `corrupted ${made.path(`many/${1e6 + MANY - 2}`)}`,
      `missing ${made.path(`many/${1e6 + MANY - 1}`)}`,
    ]);
  },
  60_000,
);

const sha256 = (hash: string): Record<string, string> => ({ "x-amz-checksum-sha256": hash });

test("by the store's own checksums: a clean copy has no finding, a faulty one exactly those planted, and nothing is read", async () => {
  const objects = new Map<string, { bytes: Uint8Array; headers: Told }>();
  const { asked, url } = checksumStore(objects);
  Object.assign(process.env, { ...ENV, S3_ENDPOINT: url });
  try {
    await everyFaultIsFound({
      what: "s3, trusted",
      names: KEYS,
      faults: WITHOUT_TIMES,
      pack({ copy }) {
        objects.clear();
        for (const path of filesIn(copy)) {
          const key = path.slice(copy.length + 1);
          objects.set(key, { bytes: readFileSync(path), headers: sha256 });
        }
        return "s3://bucket";
      },
      wishes: () => ({ trustsChecksum: true }),
    });
    expect(asked.reads).toBe(0);
  } finally {
    Object.assign(process.env, ENV);
  }
});

test("only a stored SHA-256 of the whole object is trusted; it is said, nothing is read, and nothing is proven by it", async () => {
  const made = await FaultyCopy.open(8, KEYS);
  const odd: Record<string, Told> = {
    composite: (hash) => ({ "x-amz-checksum-sha256": `${hash}-3` }),
    "composite by type": (hash) => ({ ...sha256(hash), "x-amz-checksum-type": "COMPOSITE" }),
    multipart: (hash) => ({ ...sha256(hash), etag: '"0123456789abcdef0123456789abcdef-2"' }),
    "an ETag": (hash) => ({ etag: `"${Buffer.from(hash, "base64").toString("hex")}"` }),
    metadata: (hash) => ({ "x-amz-meta-sha256": hash }),
    "too short": () => sha256(Buffer.from("short").toString("base64")),
  };
  for (const name of Object.keys(odd)) writeFileSync(`${made.tree}/${name}`, name);
  writeFileSync(`${made.tree}/whole, in parts`, "whole");
  writeFileSync(`${made.tree}/other`, "good");
  made.row = (await made.trial.scan()).row;
  const objects = new Map<string, { bytes: Uint8Array; headers: Told }>();
  for (const path of filesIn(made.tree)) {
    const key = path.slice(made.tree.length + 1);
    objects.set(key, { bytes: readFileSync(path), headers: odd[key] ?? sha256 });
  }
  const inParts = {
    etag: '"0123456789abcdef0123456789abcdef-2"',
    "x-amz-checksum-type": "FULL_OBJECT",
  };
  objects.get("whole, in parts")!.headers = (hash) => ({ ...sha256(hash), ...inParts });
  const { asked, url } = checksumStore(objects);
  Object.assign(process.env, { ...ENV, S3_ENDPOINT: url });
  try {
    const wish = { trustsChecksum: true, layout: { strip: "", prefix: made.tree, maps: [] } };
    const trusted = await made.verify("s3://bucket", wish);
    expect(named(trusted.findings)).toEqual(
      Object.keys(odd)
        .map((name) => `unverifiable ${made.path(name)}`)
        .sort(),
    );
    expect(new Set(trusted.findings.map(({ why }) => why?.split(":")[0]))).toEqual(
      new Set(["NO_CHECKSUM"]),
    );
    expect(trusted.verification).toMatchObject({
      method: "trusted",
      bytesRead: 0,
      isComplete: false,
    });
    expect(asked).toEqual({ lists: 1, heads: objects.size, reads: 0 });

    for (const name of Object.keys(odd)) objects.get(name)!.headers = sha256;
    const clean = await made.verify("s3://bucket", wish);
    expect([clean.findings, clean.verification.isComplete]).toEqual([[], true]);
    // As good as it looks: it is no reading, and nothing may be deleted on its word.
    const [standing] = await copyStandings(made.trial.scope, made.row);
    expect(standing?.wholeAtMs ?? null).toBeNull();
    const { database } = made.trial.scope.store;
    expect(database.query("SELECT count(*) AS n FROM verified_contents").get()).toEqual({ n: 0 });

    objects.get("other")!.bytes = Buffer.from("evil");
    expect(named((await made.verify("s3://bucket", wish)).findings)).toEqual([
      `corrupted ${made.path("other")}`,
    ]);
  } finally {
    Object.assign(process.env, ENV);
  }
});

test.skipIf(!hasNode)(
  "a real store takes the signed question; and where it has no checksum nothing is known, though every byte is right",
  async () => {
    const made = await FaultyCopy.open(8, KEYS);
    await upload(made.copy, "asked/");
    const codes = async () => {
      const { findings } = await made.verify("s3://bucket/asked", {
        trustsChecksum: true,
        layout: { strip: "", prefix: made.tree, maps: [] },
      });
      expect(findings.length).toBe(made.row.fileCount);
      return new Set(
        findings.map(({ kind, why }) => `${kind} ${why?.split(":").slice(0, 2).join()}`),
      );
    };
    expect(await codes()).toEqual(
      new Set(["unverifiable NO_CHECKSUM, the store keeps no SHA-256 of the whole object"]),
    );
  },
);
