// The structure of a snapshot as the server gives and takes it: the owner's shape, key for key.
import { afterAll, expect, test } from "bun:test";
import { foreign, inOrder, tree } from "#test/jobs/document.ts";
import { entryLine } from "#core/entry.ts";
import { seen, start, stopAll } from "./running.ts";

afterAll(stopAll);

const server = await start();

/** The sketch's own example, but for the checksum it abbreviates. */
const sketch = {
  snapshot_id: "my-own-id",
  timestamp: "2025-06-23T10:33:21",
  machine_id: "devbox-001",
  backupset_name: "project-data",
  summary: { file_count: 1, total_size: 1024, error_count: 0 },
  files: [
    {
      path: "/home/user/foo.txt",
      size: 1024,
      mtime: 1729493434.33,
      inode: 123456,
      checksum: "abc123",
      error: null,
    },
  ],
};

test("snapshot structure: the owner's example is taken as it stands, and comes back with its keys", async () => {
  expect((await server.send(JSON.stringify(sketch))).status).toBe(201);
  const [status, document] = await seen(server.ask("my-own-id"));
  expect(status).toBe(200);
  expect(document).toEqual({
    ...sketch,
    snapshot_id: expect.stringMatching(/^[0-9a-f]{64}$/),
    timestamp: "2025-06-23T10:33:21.000Z", // read as UTC, said as UTC
    format: 1,
    tree_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test("snapshot structure: snapshot_id is the hash of the header, tree_hash that of the entries", async () => {
  const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
  const text = await (await server.ask("my-own-id")).text();
  const { snapshot_id: id, files, ...header } = JSON.parse(text);
  expect(sha256(JSON.stringify(header))).toBe(id);
  expect(sha256(files.map((entry: object) => `${JSON.stringify(entry)}\n`).join(""))).toBe(
    header.tree_hash,
  );
});

test("snapshot structure: one entry a line, in the one order", async () => {
  const entries = tree();
  const body = JSON.stringify(foreign(entries.toReversed(), { timestamp: "2026-02-02T02:02:02Z" }));
  expect((await server.send(body)).status).toBe(201);
  const lines = (await (await server.ask("latest")).text()).trimEnd().split("\n");
  expect(lines.slice(1, -1)).toEqual(
    inOrder(entries).map((entry, i) => entryLine(entry) + (i < entries.length - 1 ? "," : "")),
  );
  expect(lines.at(-1)).toBe("]}");
});

test("snapshot structure: an empty snapshot has an empty list of files", async () => {
  const body = JSON.stringify(foreign([], { timestamp: "2026-03-03T03:03:03Z" }));
  expect((await server.send(body)).status).toBe(201);
  expect(await seen(server.ask("latest"))).toMatchObject([
    200,
    { files: [], summary: { file_count: 0, total_size: 0, error_count: 0 } },
  ]);
});

test("snapshot structure: md5, sha512, short and upper-case hex are checksums; other text is none", async () => {
  const send = (checksum: unknown, second: number) =>
    server.send(
      JSON.stringify({
        ...sketch,
        snapshot_id: null,
        timestamp: `2026-04-04T04:04:${String(second).padStart(2, "0")}+02:00`,
        files: [{ ...sketch.files[0], checksum }],
      }),
    );
  const good = ["d41d8cd98f00b204e9800998ecf8427e", "f".repeat(128), "abcd", "ABC", null];
  const statuses = await Promise.all(good.map(async (sum, i) => (await send(sum, i)).status));
  expect(statuses).toEqual([201, 201, 201, 422, 201]);
  for (const bad of ["xyz1", "f".repeat(129), 12, ""])
    expect((await send(bad, 59)).status).toBe(422);
});

const without = (key: string) => Object.entries(sketch).filter(([name]) => name !== key);
for (const key of ["timestamp", "machine_id", "backupset_name", "summary"]) {
  test(`snapshot structure: without ${key} it is refused, and says so`, async () => {
    const answer = server.send(JSON.stringify(Object.fromEntries(without(key))));
    expect(await seen(answer)).toMatchObject([
      422,
      { code: "invalid_document", detail: expect.stringContaining(key) },
    ]);
  });
}
for (const key of ["path", "size", "mtime", "checksum"]) {
  test(`snapshot structure: an entry without ${key} is refused, and says so`, async () => {
    const entry = Object.fromEntries(
      Object.entries(sketch.files[0]!).filter(([name]) => name !== key),
    );
    expect(await seen(server.send(JSON.stringify({ ...sketch, files: [entry] })))).toMatchObject([
      422,
      { code: "invalid_document", line: 1, detail: expect.stringContaining(key) },
    ]);
  });
}
