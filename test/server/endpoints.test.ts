// The owner's seven endpoints, each as its clients see it.
import { afterAll, expect, test } from "bun:test";
import { entryLine } from "#core/entry.ts";
import { foreign, inOrder, ours, SAID, tree } from "#test/jobs/document.ts";
import { seen, SET_PATH, start, type TestServer, stopAll } from "./running.ts";

afterAll(stopAll);

const server = await start();

/** Sends whole documents of one set at these minutes, and says their ids. */
async function fill(server: TestServer, set: string, minutes: number[]): Promise<string[]> {
  const ids: string[] = [];
  for (const minute of minutes) {
    const timestamp = new Date(Date.UTC(2026, 9, 1, 0, minute)).toISOString();
    const document = ours(tree(minute + 1), { timestamp, backupset_name: set });
    const path = `/machines/${SAID.machine_id}/backupsets/${set}`;
    const headers = { "Content-Type": "application/json" };
    const answer = await server.ask(path, { method: "POST", body: document.json, headers });
    expect(answer.status).toBe(201);
    ids.push(document.id);
  }
  return ids;
}

const idsOf = async (asked: Promise<Response>) =>
  ((await (await asked).json()) as { snapshot_id: string }[]).map((row) => row.snapshot_id);

test("POST …/validate reserves a free name, knows its own, and says what is no name", async () => {
  const ask = (path: string, body?: object) =>
    seen(
      server.ask(path, {
        method: "POST",
        ...(body && {
          body: JSON.stringify(body),
          headers: { "Content-Type": "application/json" },
        }),
      }),
    );
  const path = "/machines/laptop/backupsets/photos/validate";
  expect(await ask(path, { description: "Holidays", agent_id: "first" })).toEqual([
    200,
    {
      machine_id: "laptop",
      backupset_name: "photos",
      valid: true,
      status: "reserved",
      description: "Holidays",
      created_at: expect.stringMatching(/^20\d\d-.*Z$/),
    },
  ]);
  expect(await ask(path)).toMatchObject([200, { status: "yours", description: "Holidays" }]);
  expect(await ask(path, { agent_id: "second" })).toMatchObject([409, { code: "agent_conflict" }]);
  expect(await ask(path, { agent_id: "second", adopt: true })).toMatchObject([
    200,
    { valid: true },
  ]);
  expect(await ask(path, { agent_id: "first" })).toMatchObject([409, { code: "agent_conflict" }]);
  for (const name of ["..%2Fetc", "%20", ".hidden", "a".repeat(129), "na%00me"]) {
    expect(await ask(`/machines/laptop/backupsets/${name}/validate`)).toMatchObject([
      200,
      { valid: false, status: "invalid", reason: expect.stringContaining("set_name") },
    ]);
  }
  expect(await ask(path, { colour: "red" })).toMatchObject([400, { code: "invalid_request" }]);
});

test("POST …/{set_name} stores the owner's document: 201, then 200 for the same again", async () => {
  const said = foreign(tree(), { snapshot_id: "abc123" });
  const first = await server.send(JSON.stringify(said));
  const receipt = (await first.json()) as Record<string, unknown>;
  expect(first.status).toBe(201);
  expect(receipt).toEqual({
    snapshot_id: expect.stringMatching(/^[0-9a-f]{64}$/),
    status: "stored",
    verdict: "plausible",
    seq: 1,
    received_at: expect.stringMatching(/Z$/),
    client_id: "abc123",
  });
  expect(first.headers.get("location")).toBe(`${SET_PATH}/${String(receipt["snapshot_id"])}`);
  expect(await seen(server.send(JSON.stringify(said, null, 2)))).toEqual([
    200,
    { ...receipt, status: "exists" },
  ]);
});

test("I5: GET …/latest and …/{snapshot_id} give the document back, by either id", async () => {
  const [, document] = await seen(server.ask("latest"));
  expect(document).toMatchObject({
    ...SAID,
    summary: foreign(tree()).summary,
    files: inOrder(tree()).map((entry) => JSON.parse(entryLine(entry))),
  });
  const { snapshot_id: id } = document as { snapshot_id: string };
  expect(await seen(server.ask(id))).toEqual([200, document]);
  expect(await seen(server.ask("abc123"))).toEqual([200, document]);
  const { files: _, ...said } = document as { files: unknown };
  const received_at = expect.stringMatching(/^20.*Z$/);
  const header = { ...said, received_at, client_id: "abc123", tags: [], verdict: "plausible" };
  expect(await seen(server.ask("latest?files=false"))).toEqual([200, header]);
  expect(await seen(server.ask(`${id}?files=false`))).toEqual([200, header]);
  expect(await seen(server.ask("0".repeat(64)))).toMatchObject([404, { code: "not_found" }]);
});

test("GET …/{snapshot_id} answers a document of format 1 byte for byte", async () => {
  const document = ours(tree(3), { timestamp: "2026-01-01T00:00:00.000Z", note: { kept: [1, 2] } });
  expect((await server.send(document.json)).status).toBe(201);
  expect(await (await server.ask(document.id)).text()).toBe(document.json);
  const lines = await server.ask(document.id, { headers: { Accept: "application/x-ndjson" } });
  expect(lines.headers.get("content-type")).toBe("application/x-ndjson");
  expect(await lines.text()).toBe(document.ndjson);
});

test("GET …/{snapshot_id}?base= answers the difference to a snapshot that is here", async () => {
  const [before, after] = await fill(server, "differing", [1, 2]);
  const path = `/machines/${SAID.machine_id}/backupsets/differing/${after}`;
  const headers = { Accept: "application/x-ndjson" };
  const text = await (await server.ask(`${path}?base=${before}`, { headers })).text();
  const [header, ...lines] = text.trimEnd().split("\n");
  expect(JSON.parse(header!)).toMatchObject({ snapshot_id: after, base: before });
  expect(lines).toEqual([entryLine(tree(3)[0]!)]);
  const whole = await (await server.ask(`${path}?base=${"0".repeat(64)}`, { headers })).text();
  expect(JSON.parse(whole.split("\n")[0]!)).not.toHaveProperty("base");
});

test("GET /machines/{machine_id}/backupsets lists its sets, page by page", async () => {
  for (const set of ["b", "a", "c"]) {
    await server.ask(`/machines/lister/backupsets/${set}/validate`, { method: "POST" });
  }
  const first = await server.ask("/machines/lister/backupsets?limit=2");
  expect(await first.json()).toEqual([
    expect.objectContaining({ machine_id: "lister", backupset_name: "a", description: null }),
    expect.objectContaining({ machine_id: "lister", backupset_name: "b" }),
  ]);
  const next = /^<(.+)>; rel="next"$/.exec(first.headers.get("link")!)![1]!;
  const second = await server.ask(next);
  expect(await second.json()).toEqual([expect.objectContaining({ backupset_name: "c" })]);
  expect(second.headers.get("link")).toBeNull();
  expect(await seen(server.ask("/machines/nobody/backupsets"))).toMatchObject([
    404,
    { code: "not_found" },
  ]);
});

test("GET …/{set_name} lists snapshots without their files, in either order, page by page", async () => {
  const ids = await fill(server, "listed", [5, 1, 3, 2, 4]);
  const inTime = [ids[1], ids[3], ids[2], ids[4], ids[0]] as string[];
  const path = `/machines/${SAID.machine_id}/backupsets/listed`;
  const [, rows] = await seen(server.ask(path));
  expect((rows as object[])[0]).toMatchObject({ snapshot_id: ids[1], backupset_name: "listed" });
  expect((rows as object[])[0]).not.toHaveProperty("files");
  expect(await idsOf(server.ask(path))).toEqual(inTime);
  expect(await idsOf(server.ask(`${path}?order=desc`))).toEqual(inTime.toReversed());
  for (const order of ["asc", "desc"]) {
    const seenIds: string[] = [];
    let next: string | undefined = `${path}?limit=2&order=${order}`;
    while (next !== undefined) {
      const page: Response = await server.ask(next);
      seenIds.push(...(await idsOf(Promise.resolve(page))));
      next = /^<(.+)>; rel="next"$/.exec(page.headers.get("link") ?? "")?.[1];
    }
    expect(seenIds).toEqual(order === "asc" ? inTime : inTime.toReversed());
  }
  expect(await seen(server.ask("/machines/lister/backupsets/a"))).toEqual([200, []]);
  expect(await seen(server.ask("/machines/lister/backupsets/a/latest"))).toMatchObject([404, {}]);
  expect(await seen(server.ask("/machines/lister/backupsets/z"))).toMatchObject([404, {}]);
});

test("GET …/query filters by time, checksum, path, errors and id, and all of it together", async () => {
  const set = "queried";
  const [one, two, three] = (await fill(server, set, [1, 2, 3])) as [string, string, string];
  const path = `/machines/${SAID.machine_id}/backupsets/${set}`;
  const query = (parameters: Record<string, string>) =>
    idsOf(server.ask(`${path}/query?${new URLSearchParams(parameters).toString()}`));
  expect(await query({})).toEqual([one, two, three]);
  expect(await query({ from: "2026-10-01T00:02:00Z" })).toEqual([two, three]);
  expect(await query({ to: "2026-10-01T00:02:00" })).toEqual([one, two]);
  expect(await query({ checksum: tree(3)[0]!.checksum!.toUpperCase() })).toEqual([two]);
  expect(await query({ checksum: "ffff" })).toEqual([]);
  expect(await query({ path: "/home/user/foo.txt", order: "desc" })).toEqual([three, two, one]);
  expect(await query({ path: "/home/**/*.txt" })).toEqual([one, two, three]);
  expect(await query({ path: "/home/*.txt" })).toEqual([]);
  expect(await query({ has_errors: "true" })).toEqual([one, two, three]);
  expect(await query({ has_errors: "false" })).toEqual([]);
  expect(await query({ snapshot_id: two.slice(0, 12) })).toEqual([two]);
  expect(await query({ from: "2026-10-01", to: "2026-10-01" })).toEqual([one, two, three]);
  expect(await query({ from: "2026-10-02" })).toEqual([]);
  const all = { from: "2026-10-01T00:03:00.000Z", path: "/home/u*/foo.txt", has_errors: "true" };
  expect(await query({ ...all, to: "2026-10-02", limit: "1" })).toEqual([three]);
});

test("a path that is not UTF-8 is asked for by its bytes, page after page, and never taken for its U+FFFD twin (I5)", async () => {
  const path = `/machines/${SAID.machine_id}/backupsets/bytes`;
  const send = async (minute: number, names: string[]) => {
    const timestamp = new Date(Date.UTC(2026, 9, 1, 0, minute)).toISOString();
    const entries = inOrder(names.map((name) => ({ ...tree(1)[0]!, path: `/data/${name}` })));
    const document = ours(entries, { timestamp, backupset_name: "bytes" });
    const headers = { "Content-Type": "application/json" };
    await server.ask(path, { method: "POST", body: document.json, headers });
    return document.id;
  };
  const twins = [await send(1, ["bad\ufffd"]), await send(2, ["bad\ufffd"])];
  const exact = [await send(3, ["bad\udcff"]), await send(4, ["bad\udcff"])];
  const ask = (question: string) => server.ask(`${path}/query?${question}`);
  expect(await idsOf(ask("path=/data/bad%FF"))).toEqual(exact);
  expect(await idsOf(ask("path=/data/*%FF"))).toEqual(exact);
  expect(await idsOf(ask("path=/data/bad%EF%BF%BD"))).toEqual(twins);

  const first = await ask("path=/data/bad%FF&limit=1");
  const next = /^<([^>]*)>/.exec(first.headers.get("link") ?? "")![1]!;
  expect(await idsOf(server.ask(next))).toEqual(exact.slice(1));

  const log = await server.ask(`${path}/log?path=/data/bad%FF`);
  expect((await log.json()) as object[]).toMatchObject([{ entry: { path: "/data/bad\udcff" } }]);
});

const badQueries = [
  "limit=0",
  "limit=1001",
  "limit=x",
  "cursor=nonsense",
  "colour=red",
  "order=up",
  "from=yesterday",
  "checksum=xyz",
  "has_errors=yes",
  "snapshot_id=XYZ",
  "path=",
  `path=${"*a".repeat(40)}`,
  "limit=1&limit=2",
];
for (const query of badQueries) {
  test(`GET …/query?${query.slice(0, 30)} is 400`, async () => {
    expect(await seen(server.ask(`query?${query}`))).toMatchObject([
      400,
      { code: "invalid_request" },
    ]);
  });
}

test("GET …/heads tells of what is and what was; DELETE …/{snapshot_id} leaves a tombstone", async () => {
  const [one, two] = (await fill(server, "heads", [1, 2])) as [string, string];
  const path = `/machines/${SAID.machine_id}/backupsets/heads`;
  const [status, tombstone] = await seen(server.ask(`${path}/${one}`, { method: "DELETE" }));
  expect([status, tombstone]).toMatchObject([200, { snapshot_id: one }]);
  expect(await seen(server.ask(`${path}/heads`))).toEqual([
    200,
    [tombstone, { snapshot_id: two, timestamp: "2026-10-01T00:02:00.000Z" }],
  ]);
  expect(await seen(server.ask(`${path}/${one}`))).toMatchObject([410, { code: "gone" }]);
  const again = ours(tree(2), { timestamp: "2026-10-01T00:01:00.000Z", backupset_name: "heads" });
  const headers = { "Content-Type": "application/json" };
  expect(await seen(server.ask(path, { method: "POST", body: again.json, headers }))).toMatchObject(
    [410, { code: "gone", snapshot_id: one }],
  );
});

test("names are checked after decoding, and never become paths", async () => {
  for (const name of ["..%2F..%2Fetc", "%2e%2e", "a%2Fb", "%zz", "a b", "caf%E9", "%00"]) {
    for (const path of [`/machines/${name}/backupsets`, `/machines/m/backupsets/${name}/latest`]) {
      const [status, problem] = await seen(server.ask(path));
      expect([400, 404]).toContain(status);
      expect(problem).toHaveProperty("code");
    }
  }
});

test("GET /healthz and /readyz answer", async () => {
  expect(await seen(server.ask("/healthz"))).toEqual([200, { status: "ok" }]);
  expect(await seen(server.ask("/readyz"))).toEqual([200, { status: "ok" }]);
});
