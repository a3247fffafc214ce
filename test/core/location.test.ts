// Where a target lies is read as its tool reads it: a wrong host is a copy that nobody looks at before something is deleted.
import { expect, test } from "bun:test";
import { holderOf, locate } from "#core/proof/location.ts";

const told = (target: string): string => {
  const location = locate(target);
  if (location.kind === "nowhere") return "nowhere";
  return location.kind === "remote" ? `host ${location.host}` : `${location.kind} ${location.path}`;
};

test("a target lies where its tool would look for it", () => {
  const places = {
    "/mnt/nas": "folder /mnt/nas",
    "file:/mnt/a:b": "folder /mnt/a:b",
    "tar:/mnt/a.tar": "file /mnt/a.tar",
    "restic:/mnt/repo@latest": "repository /mnt/repo",
    "restic:/mnt/repo@home": "repository /mnt/repo@home", // no snapshot's name: restic reads it as the folder's
    "restic:local:/mnt/repo": "repository /mnt/repo",
    "restic:sftp:me@nas:/repo@0a1b2c3d": "host nas",
    "restic:sftp://me@nas:22//repo": "host nas",
    "restic:rest:https://***@nas.example:8000/me/": "host nas.example",
    "restic:s3:https://store.example/bucket": "host store.example",
    "restic:s3:s3.amazonaws.com/bucket": "host s3.amazonaws.com",
    "restic:b2:bucket:path": "host bucket",
    "restic:rclone:cloud:path": "host cloud:path",
    "borg:/mnt/repo::nr-1": "repository /mnt/repo",
    "borg:file:///mnt/repo::nr-1": "repository /mnt/repo",
    "borg:ssh://me@nas:22/./repo::nr-1": "host nas",
    "borg:me@nas:repo::nr-1": "host nas",
    "borg:nas:/repo::nr-1": "host nas",
    "s3://bucket/prefix": "host bucket",
    "rclone:cloud:path": "host cloud:path",
    "rclone::s3,#0a1b2c3d:bucket": "host :s3,#0a1b2c3d:bucket",
  };
  const found = Object.fromEntries(Object.keys(places).map((target) => [target, told(target)]));
  expect(found).toEqual(places);
});

test("what may be on a disk here, and nobody can tell where, lies nowhere", () => {
  for (const target of [
    "restic:repo",
    "restic:backups/repo",
    "restic:./repo@latest",
    "restic:local:repo",
    "restic:sftp:localhost:/repo",
    "restic:rest:http://0.0.0.0:8000/",
    "restic:rest:http://[::]:8000/",
    "restic:s3:http://minio.localhost:9000/bucket",
    "restic:rest:http://127.0.0.1:8000/",
    "restic:s3:http://[::1]:9000/bucket",
    "restic:rclone::local:/repo",
    "borg:repo::nr-1",
    "borg:backups/repo::nr-1",
    "borg:ssh://localhost/repo::nr-1",
    "rclone::local:/mnt/nas",
    "rclone::local,#0a1b2c3d:/mnt/nas",
    "rclone::alias,#0a1b2c3d:",
    "rclone:/mnt/nas:old",
    "rclone:./nas:old",
    "kopia:/home/me",
    "cmd:tar#0a1b2c3d",
    "sums:/mnt/list.sums",
    "tar:-",
  ]) {
    expect([target, told(target)]).toEqual([target, "nowhere"]);
  }
});

test("the snapshots of one repository are held by one thing, two repositories by two", () => {
  const holders = (targets: string[]) => new Set(targets.map(holderOf)).size;
  expect(holders(["restic:/r", "restic:/r/@latest", "restic:/r@0a1b2c3d"])).toBe(1);
  expect(holders(["borg:nas:r::a", "borg:nas:r::b"])).toBe(1);
  expect(holders(["kopia:/home/me", "kopia:kffbb7c28"])).toBe(1);
  expect(holders(["s3://b/p", "s3://b/p/"])).toBe(1);
  expect(holders(["restic:/r", "restic:/r@home", "borg:/r::a", "/r", "tar:/r.tar"])).toBe(5);
});
