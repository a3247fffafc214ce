import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BsvError } from "#core/errors.ts";
import { Outbox } from "#disk/outbox.ts";

const folder = mkdtempSync(join(tmpdir(), "bsv-outbox-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ID = "ab".repeat(32);
const OTHER = "cd".repeat(32);
const label = (snapshotId: string) => () => ({
  snapshotId,
  baseId: null,
  lineCount: 2,
  plainBytes: 9,
});
let homes = 0;

async function* frames(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function newOutbox() {
  const dataDir = join(folder, String(++homes));
  const open = () => new Outbox(dataDir, "http://host", "devbox-001", "project-data");
  const pushed = join(dataDir, "spool", "push");
  const files = () => readdirSync(join(pushed, readdirSync(pushed)[0]!)).sort();
  const path = (name: string) => join(pushed, readdirSync(pushed)[0]!, name);
  return { open, files, path };
}

test("a parcel is found again by a later run, with the upload it belongs to", async () => {
  const { open, path } = newOutbox();
  const parcel = await open().pack(ID, frames("abc", "defg"), label(ID));
  expect(parcel.sizeBytes).toBe(7);
  parcel.remember({ uploadId: "upload-1", partLimitBytes: 1000 });
  const again = open().find(ID)!;
  expect(again.upload).toEqual({ uploadId: "upload-1", partLimitBytes: 1000 });
  expect(Buffer.from(again.read(2, 4)).toString()).toBe("cdef");
  expect(again.lineCount).toBe(2);
  expect(statSync(path(`${ID}.zst`)).mode & 0o777).toBe(0o600);
  again.remember(null);
  expect(open().find(ID)!.upload).toBeNull();
});

test("a parcel that is torn, or whose label is, is none", async () => {
  const { open, path } = newOutbox();
  await open().pack(ID, frames("abc"), label(ID));
  truncateSync(path(`${ID}.zst`), 2);
  expect(open().find(ID)).toBeNull();
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    `{"snapshotId":"${ID}"}`,
    `{"snapshotId":"${OTHER}"}`,
  ]) {
    writeFileSync(path(`${ID}.json`), text);
    expect(open().find(ID)).toBeNull();
  }
  expect(open().find(OTHER)).toBeNull();
});

test("a body that can't be finished leaves nothing behind", async () => {
  const { open, files } = newOutbox();
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("abc");
    throw new BsvError("gone", "Deleted meanwhile");
  }
  const packing = open().pack(ID, breaking(), label(ID));
  expect(await packing.catch((error: unknown) => (error as BsvError).code)).toBe("gone");
  expect(files()).toEqual([]);
});

test("what no snapshot waits for any more is swept", async () => {
  const { open, files } = newOutbox();
  await open().pack(ID, frames("abc"), label(ID));
  (await open().pack(OTHER, frames("abc"), label(OTHER))).discard();
  expect(files()).toEqual([`${ID}.json`, `${ID}.zst`]);
  open().sweep(new Set([ID]));
  expect(open().find(ID)).not.toBeNull();
  open().sweep(new Set());
  expect(open().find(ID)).toBeNull();
});
