// What rclone's own configuration says of where a remote lies.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whyNotElsewhere } from "#copies/storage-place.ts";

const CONFIG = `
[cloud]
type = drive
[server]
type = sftp
host = nas.example.org
[home]
type = sftp
host = localhost
[dav]
type = webdav
url = http://127.0.0.1:8080/dav
[disk]
type = local
[secret]
type = crypt
remote = cloud:enc
password = xxxx
[secret-here]
type = crypt
remote = /mnt/enc
[twice]
type = alias
remote = secret-here:x
[both]
type = union
upstreams = cloud:a server:b:ro
[mixed]
type = union
upstreams = cloud:a disk:/b
[tree]
type = combine
upstreams = docs=cloud:docs pics=server:pics
[round]
type = alias
remote = round:
[typeless]
remote = cloud:
`;

const signal = new AbortController().signal;
const names = ["RCLONE_CONFIG", "S3_ENDPOINT", "AWS_ENDPOINT", "RCLONE_CONFIG_CLOUD_TYPE"];
let folder: string;
let before: (string | undefined)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bsv-rclone-"));
  writeFileSync(join(folder, "rclone.conf"), CONFIG);
  before = names.map((name) => process.env[name]);
  for (const name of names) delete process.env[name];
  process.env["RCLONE_CONFIG"] = join(folder, "rclone.conf");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  for (const [nr, name] of names.entries()) {
    if (before[nr] === undefined) delete process.env[name];
    else process.env[name] = before[nr];
  }
});

test.skipIf(Bun.which("rclone") === null)(
  "a remote lies elsewhere only if all that it is laid over does",
  async () => {
    for (const remote of ["cloud", "server", "secret", "both", "tree"]) {
      expect([remote, await whyNotElsewhere(`rclone:${remote}:x`, signal)]).toEqual([
        remote,
        undefined,
      ]);
    }
    const near = [
      "disk",
      "home",
      "dav",
      "secret-here",
      "twice",
      "mixed",
      "round",
      "typeless",
      "none",
    ];
    for (const remote of near) {
      const why = await whyNotElsewhere(`rclone:${remote}:x`, signal);
      expect([remote, why]).toEqual([remote, expect.stringContaining("rclone's remote")]);
      expect(await whyNotElsewhere(`restic:rclone:${remote}:x@0a1b2c3d`, signal)).toBe(why!);
    }
    process.env["RCLONE_CONFIG_CLOUD_TYPE"] = "local"; // the environment is stronger than the file
    expect(await whyNotElsewhere("rclone:cloud:x", signal)).toContain("is not known");
  },
);

test("an object store on this machine is not elsewhere; another's is, and so is what is no remote of rclone's", async () => {
  for (const endpoint of [
    "http://localhost:9000",
    "http://127.0.0.1:9000/",
    "https://[::1]:9000",
  ]) {
    process.env["S3_ENDPOINT"] = endpoint;
    expect(await whyNotElsewhere("s3://bucket/x", signal)).toContain("on this machine");
  }
  process.env["S3_ENDPOINT"] = "https://s3.example.org";
  expect(await whyNotElsewhere("s3://bucket/x", signal)).toBeUndefined();
  expect(await whyNotElsewhere("restic:sftp:nas:/repo", signal)).toBeUndefined();
});

test("a remote whose parameters are not kept may be a server on this machine", async () => {
  for (const target of [
    "rclone::webdav,#0a1b2c3d:x",
    "restic:rclone::sftp,host=localhost:x",
    "rclone::webdav:x", // RCLONE_WEBDAV_URL
  ]) {
    expect(await whyNotElsewhere(target, signal)).toContain("are not kept");
  }
});
