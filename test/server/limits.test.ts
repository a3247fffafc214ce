// What anybody may take of the server, limit by limit: over it the answer says so, and others notice nothing.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { BsvError } from "#core/errors.ts";
import { hashPassword } from "#jobs/access/password.ts";
import { changeUser, HOST } from "#jobs/access/user.ts";
import { closeUpload, openUpload } from "#jobs/uploads.ts";
import { Attempts } from "#server/access/attempts.ts";
import { neighbourhood, Throttle } from "#server/layers/throttle.ts";
import { changePage } from "#db/comparison/changes.ts";
import { querySnapshots } from "#db/query.ts";
import { everything } from "#db/scope.ts";
import { searchSet } from "#db/search/search.ts";
import { openStore } from "#db/store/store.ts";
import { foreign, ours, SAID, tree } from "#test/jobs/document.ts";
import { bearer, RUN, startWithKeys } from "./keys.ts";
import { raw } from "./raw.ts";
import { newDataDir, seen, SET_PATH, start, stopAll, type TestServer } from "./running.ts";

afterAll(stopAll);

const from = (address: string) => ({ headers: { "X-Forwarded-For": address } });
const front = { trustedProxies: ["127.0.0.1"] };

test("I11: over its requests an address gets 429 and when to come again, and others notice nothing", async () => {
  const server = await start({ front, limits: { requests: 1, request_burst: 3 } });
  const ask = (address: string) => server.ask("/healthz", from(address));
  for (let n = 0; n < 3; n++) expect((await ask("6.6.6.6")).status).toBe(200);
  const refused = await ask("6.6.6.6");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await refused.json()).toMatchObject({ code: "rate_limited", retry_after_s: 1 });
  expect((await ask("7.7.7.7")).status).toBe(200);
  // What one customer is given of IPv6 is one address.
  for (let n = 0; n < 3; n++) expect((await ask(`2001:db8:0:7::${n}`)).status).toBe(200);
  expect((await ask("2001:db8:0:7:ffff::1")).status).toBe(429);
  expect((await ask("2001:db8:0:8::1")).status).toBe(200);
  await Bun.sleep(1050);
  expect((await ask("6.6.6.6")).status).toBe(200);
});

test("I11: a refused request has cost nothing: it is refused before it is routed, and its body is not read", async () => {
  const server = await start({ limits: { requests: 1, request_burst: 1 } });
  expect((await server.ask("/healthz")).status).toBe(200);
  expect((await server.send(ours(tree()).json)).status).toBe(429);
  expect((await server.ask("/nowhere")).status).toBe(429);
});

describe("throttle", () => {
  test("I11: a million names take the memory of a few; who was quiet longest is forgotten", () => {
    const throttle = new Throttle("x", { perSecond: 1, burst: 1 }, () => 0);
    throttle.take("early");
    for (let n = 0; n < 1_000_000; n++) throttle.take(`name ${n}`);
    expect(throttle.size).toBeLessThanOrEqual(65_536);
    for (const name of ["name 999999", "name 970000"]) {
      expect(() => throttle.take(name)).toThrow("Too many x");
    }
    throttle.take("early");
  });

  test("a bucket refills at its pace and not beyond its burst, and what is refused costs nothing", () => {
    let nowMs = 0;
    const throttle = new Throttle("x", { perSecond: 2, burst: 4 }, () => nowMs);
    const taken = () => {
      let n = 0;
      try {
        for (; n < 100; n++) throttle.take("a");
      } catch {
        return n; // so many it had
      }
      return n;
    };
    expect(taken()).toBe(4);
    nowMs = 1000;
    expect(taken()).toBe(2);
    nowMs = 1_000_000;
    expect(taken()).toBe(4);
  });

  test("addresses are counted as those who own them", () => {
    expect(neighbourhood("10.1.2.3")).toBe("10.1.2.3");
    expect(neighbourhood("2001:db8::1")).toBe("2001:db8:0:0::/64");
    expect(neighbourhood("2001:0db8:0:0:1:2:3:4")).toBe("2001:db8:0:0::/64");
    expect(neighbourhood("::1")).toBe("0:0:0:0::/64");
    expect(neighbourhood("fe80::1:2:3:4:5")).toBe("fe80:0:0:1::/64");
  });
});

describe("failed sign-ins", () => {
  const wrong = () => Promise.reject(new BsvError("unauthenticated", "no"));
  const right = () => Promise.resolve("in");
  const code = (tried: Promise<unknown>) =>
    tried.then(
      () => "in",
      (error: BsvError) => error.code,
    );

  test("an address that fails too often must wait, whatever it tries next", async () => {
    let nowMs = 0;
    const attempts = new Attempts(3, () => nowMs);
    for (let n = 0; n < 3; n++) {
      expect(await code(attempts.guard("6.6.6.6", `key${n}`, wrong))).toBe("unauthenticated");
    }
    expect(await code(attempts.guard("6.6.6.6", "other", right))).toBe("rate_limited");
    expect(await code(attempts.guard("7.7.7.7", "other", right))).toBe("in");
    nowMs = 21_000;
    expect(await code(attempts.guard("6.6.6.6", "other", right))).toBe("in");
  });

  test("a key that is guessed at from everywhere rests, but not for the address it was right from", async () => {
    const attempts = new Attempts(3, () => 0);
    expect(await code(attempts.guard("1.1.1.1", "key", right))).toBe("in");
    for (let n = 0; n < 9; n++) await code(attempts.guard(`6.6.6.${n}`, "key", wrong));
    expect(await code(attempts.guard("7.7.7.7", "key", right))).toBe("rate_limited");
    expect(await code(attempts.guard("1.1.1.1", "key", right))).toBe("in");
    expect(await code(attempts.guard("7.7.7.7", "another", right))).toBe("in");
  });

  test("what is no failure of the sender's is not counted", async () => {
    const attempts = new Attempts(1, () => 0);
    const broken = () => Promise.reject(new BsvError("store_busy", "later"));
    for (let n = 0; n < 5; n++) await code(attempts.guard("1.1.1.1", "key", broken));
    expect(await code(attempts.guard("1.1.1.1", "key", right))).toBe("in");
  });

  test("I11: a password is not guessed faster from where it was right lately, nor by many tries at once", async () => {
    let nowMs = 0;
    const attempts = new Attempts(3, () => nowMs);
    const tried = (address: string, signIn: () => Promise<string>) =>
      code(attempts.guardPassword(address, "user ada", signIn));
    const codes = (address: string) =>
      Promise.all(Array.from({ length: 9 }, () => tried(address, wrong)));
    const failed = ["unauthenticated", "unauthenticated", "unauthenticated"];
    const refused = Array.from({ length: 6 }, () => "rate_limited");
    for (let n = 0; n < 5; n++) expect(await tried("1.1.1.1", right)).toBe("in");
    expect(await codes("1.1.1.1")).toEqual([...failed, ...refused]);
    expect(await tried("1.1.1.1", right)).toBe("rate_limited");
    expect(await codes("6.6.6.6")).toEqual([...failed, ...refused]);
    expect(await tried("7.7.7.7", right)).toBe("rate_limited"); // the name rests, for strangers
    nowMs = 21_000;
    expect(await tried("1.1.1.1", right)).toBe("in");
  });
});

test("I11: over HTTP a guesser of keys and passwords gets 429, and the key's holder notices nothing", async () => {
  const server = await startWithKeys({ front, limits: { failed_logins: 4 } });
  const key = await server.key("ada", ["read"]);
  const wrong = key.slice(0, -2) + (key.endsWith("00") ? "11" : "00");
  const ask = async (text: string, address: string) =>
    (
      await server.ask("/auth/whoami", {
        headers: { "X-API-Key": text, "X-Forwarded-For": address },
      })
    ).status;
  expect(await ask(key, "1.1.1.1")).toBe(200);
  for (let n = 0; n < 4; n++) expect(await ask(wrong, "6.6.6.6")).toBe(401);
  expect(await ask(wrong, "6.6.6.6")).toBe(429);
  expect(await ask(wrong, "5.5.5.5")).toBe(429); // that key rests, wherever it is guessed at from
  expect(await ask(key, "1.1.1.1")).toBe(200);
  const signIn = async (user: string, address: string) =>
    (
      await server.ask("/auth/session", {
        method: "POST",
        body: JSON.stringify({ user, password: "not this one, surely" }),
        headers: { "Content-Type": "application/json", "X-Forwarded-For": address },
      })
    ).status;
  expect(await signIn("ada", "6.6.6.6")).toBe(429);
  for (let n = 0; n < 4; n++) expect(await signIn("root", `9.9.9.${n}`)).toBe(401);
  expect(await signIn("root", "8.8.8.8")).toBe(429);
  await server.stop();
});

test("I11: who guesses at the same address locks out no key, token or session that was right there lately", async () => {
  const server = await startWithKeys({ limits: { failed_logins: 4 } });
  const key = await server.key("ada", ["read"]);
  const change = { passwordHash: await hashPassword("correct horse battery") };
  await changeUser(server.scope, { name: "ada", change, by: HOST }, RUN);
  const post = (path: string, body: object) =>
    server.ask(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", ...bearer(key) },
    });
  const { token } = (await (await post("/auth/token", {})).json()) as { token: string };
  const signedIn = await post("/auth/session", { user: "ada", password: "correct horse battery" });
  const Cookie = signedIn.headers.get("set-cookie")!.split(";")[0]!;
  const ask = async (headers: Record<string, string>) =>
    (await server.ask("/auth/whoami", { headers })).status;
  const own = [bearer(key), bearer(token), { Cookie }];
  for (const headers of own) expect(await ask(headers)).toBe(200);
  const unknown = bearer(`bsv_0123456789ab_${"0".repeat(64)}`);
  for (let n = 0; n < 4; n++) expect(await ask(unknown)).toBe(401);
  expect([await ask(unknown), await ask({})]).toEqual([429, 429]);
  for (const headers of own) expect(await ask(headers)).toBe(200);
  await server.stop();
});

test("I11: a key is paced wherever it asks from", async () => {
  const server = await startWithKeys({ front, limits: { requests: 1, request_burst: 3 } });
  const headers = (n: number) => ({ "X-API-Key": key, "X-Forwarded-For": `6.6.6.${n}` });
  const key = await server.key("ada", ["read"]);
  const statuses: number[] = [];
  for (let n = 0; n < 5; n++) {
    statuses.push((await server.ask("/auth/whoami", { headers: headers(n) })).status);
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  // The log names the key by its id, and never what it is.
  expect(server.log[0]).toMatchObject({ key: key.slice(4, 16) });
  expect(JSON.stringify(server.log)).not.toContain(key.slice(17));
  await server.stop();
});

/** A body that began and says nothing more; leaves when called. */
async function stuckUpload(server: TestServer): Promise<() => void> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  const head = `POST ${SET_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{`;
  socket.write(head);
  await Bun.sleep(60);
  return () => socket.destroy();
}

test("I11: one sender has a few uploads at once, and may go on when one of them ends", async () => {
  const server = await start({ limits: { uploads: 2 } });
  const leave = [await stuckUpload(server), await stuckUpload(server)];
  const { json } = ours(tree());
  const refused = await server.send(json);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
  expect((await server.ask("/machines")).status).toBe(200);
  leave[0]!();
  await Bun.sleep(60);
  expect((await server.send(json)).status).toBe(201);
  leave[1]!();
});

test("I11: one sender has a few resumable uploads open, and cannot keep others from theirs", async () => {
  const server = await start({ front, limits: { uploads: 2 } });
  const open = (address: string) =>
    server.ask("uploads", {
      method: "POST",
      body: `{"content_type":"application/json"}`,
      headers: { "Content-Type": "application/json", "X-Forwarded-For": address },
    });
  const [, first] = await seen(open("6.6.6.6"));
  expect((await open("6.6.6.6")).status).toBe(201);
  expect((await open("6.6.6.6")).status).toBe(429);
  expect((await open("7.7.7.7")).status).toBe(201);
  const { upload_id } = first as { upload_id: string };
  expect((await server.ask(`uploads/${upload_id}`, { method: "DELETE" })).status).toBe(204);
  expect((await open("6.6.6.6")).status).toBe(201);
});

test("I10, I11: one owner with many keys leaves others room to open uploads, and committed ones take none", async () => {
  const root = newDataDir();
  const set = { machineId: "m", setName: "s", form: "json", encoding: "identity" } as const;
  const open = (ownerId: number, openedBy: string) =>
    openUpload(root, { ...set, ownerId, openedBy, mostEach: 8, nowMs: Date.now() });
  for (let n = 0; n < 300; n++) await closeUpload(root, await open(1, "key"), "a".repeat(64));
  for (let n = 0; n < 64; n++) await open(1, `key ${n >> 3}`);
  const refused = await open(1, "another key").catch((error: BsvError) => error.code);
  expect(refused).toBe("rate_limited");
  expect(await open(2, "other")).toMatchObject({ ownerId: 2 });
  for (let n = 0; n < 256; n++) mkdirSync(join(root, `whole-${n}`)); // as many bodies, each in one request
  expect(await open(3, "third")).toMatchObject({ ownerId: 3 });
}, 30_000);

test("I11: requests at once are bounded, for each address and for all", async () => {
  const server = await start({ front, limits: { open_requests: 3, open_requests_each: 2 } });
  const held = () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${SET_PATH} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 6.6.6.6\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{`,
    );
    return socket;
  };
  const sockets = [held(), held()];
  await Bun.sleep(60);
  expect((await server.ask("/healthz", from("6.6.6.6"))).status).toBe(429);
  expect((await server.ask("/healthz", from("7.7.7.7"))).status).toBe(200);
  for (const socket of sockets) socket.destroy();
  await Bun.sleep(60);
  for (let n = 0; n < 5; n++)
    expect((await server.ask("/healthz", from("6.6.6.6"))).status).toBe(200);
});

test("I11, I2: a reader who takes a byte now and then is broken off, and the answer does not look whole", async () => {
  const server = await start({ limits: { request_time: 700 } });
  // 44 MB: more than the buffers between the two can hold, which are 36 on some machines.
  const folder = "long/".repeat(700);
  const many = Array.from({ length: 12_000 }, (_, i) => ({
    ...tree()[0]!,
    path: `/${folder}${i}`,
  }));
  const stored = await start({ dataDir: server.dataDir });
  expect((await stored.send(ours(many).json)).status).toBe(201);
  await stored.stop();
  server.log.length = 0;
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write(`GET ${SET_PATH}/latest HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  socket.pause();
  const drip = setInterval(() => socket.read(1), 50);
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  for (let tries = 0; server.log.length === 0 && tries < 100; tries++) await Bun.sleep(20);
  clearInterval(drip);
  let text = "";
  socket.on("data", (chunk: Buffer) => (text = (text + chunk.toString("latin1")).slice(-9)));
  socket.resume();
  await closed;
  expect(server.log).toMatchObject([
    { level: "error", error: expect.stringContaining("longer than 0.7 s") },
  ]);
  expect(text).not.toEndWith("0\r\n\r\n");
});

test("I11: a request that takes too long before it answers is 408", async () => {
  const server = await start({ limits: { request_time: 300 } });
  const { body, status } = await raw(
    server.url,
    `POST ${SET_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
  );
  expect([status, JSON.parse(body)]).toMatchObject([408, { code: "too_slow" }]);
});

test("I11: entries, the length of each, of the header, and the depth have their limits", async () => {
  const server = await start({
    limits: { entries: 3, entry_size: 65_536, header_size: 65_536, depth: 6 },
  });
  const sent = async (document: object) => {
    const [status, said] = await seen(server.send(JSON.stringify(document)));
    return [status, (said as { code?: string; detail?: string }).detail ?? ""];
  };
  const [entry] = tree();
  const entries = (paths: string[]) => foreign(paths.map((path) => ({ ...entry!, path })));
  expect(await sent(entries(["/a", "/b", "/c", "/d"]))).toEqual([
    413,
    expect.stringContaining("more than 3 entries"),
  ]);
  expect(await sent(entries([`/${"a".repeat(70_000)}`]))).toEqual([
    413,
    expect.stringContaining("longer than 65536"),
  ]);
  expect(await sent({ ...entries(["/a"]), note: "x".repeat(70_000) })).toEqual([
    413,
    expect.stringContaining("The header is longer than"),
  ]);
  expect(await sent({ ...entries(["/a"]), note: [[[[[[1]]]]]] })).toEqual([
    400,
    expect.stringContaining("nested too deep"),
  ]);
  expect((await sent(entries(["/a", "/b", "/c"])))[0]).toBe(201);
});

test("I11: a page of long headers ends before its limit, and the list is whole in either order", async () => {
  const server = await start();
  const days = Array.from({ length: 9 }, (_, day) => `2026-10-0${day + 1}T00:00:00.000Z`);
  const ids: string[] = [];
  for (const [nr, timestamp] of days.entries()) {
    const note = "x".repeat(nr === 4 ? 4_100_000 : 1_500_000);
    const { id, ndjson } = ours(tree(1 + (nr % 2)), { timestamp, note });
    expect((await server.send(ndjson, { "Content-Type": "application/x-ndjson" })).status).toBe(
      201,
    );
    ids.push(id);
  }
  for (const question of [
    "?order=asc",
    "?order=desc",
    "/query?order=asc&path=/home/user/foo.txt",
  ]) {
    const listed: string[] = [];
    let next: string | undefined = SET_PATH + question;
    for (let pages = 0; next !== undefined && pages < 20; pages++) {
      const answer = await server.ask(next);
      const text = await answer.text();
      expect(text.length).toBeLessThan(4.5e6);
      listed.push(...(JSON.parse(text) as { snapshot_id: string }[]).map((one) => one.snapshot_id));
      next = /<([^>]*)>/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect([question, listed]).toEqual([
      question,
      question.includes("desc") ? ids.toReversed() : ids,
    ]);
  }
  const plan = await seen(server.ask("prune?keep_last=2"));
  expect(plan).toMatchObject([200, {}]);
  expect(JSON.stringify(plan).length).toBeLessThan(100_000);
  await server.stop();
});

test("I11: a page of long paths ends before its limit, and the list is whole", async () => {
  const server = await start();
  const names = Array.from(
    { length: 60 },
    (_, nr) => `/${nr + 10}${"n".repeat(3000)}/${"m".repeat(150_000)}`,
  );
  const [file] = tree().filter(({ type, error }) => type === "file" && error === null);
  const entries = names.map((path) => ({ ...file!, path }));
  for (const [day, content] of [[], entries].entries()) {
    const { ndjson } = ours(content, { timestamp: `2026-10-0${day + 1}T00:00:00.000Z` });
    const sent = await server.send(ndjson, { "Content-Type": "application/x-ndjson" });
    expect(sent.status).toBe(201);
  }
  const scope = everything(await openStore(join(server.dataDir, "bsv.db")));
  const set = { machineId: SAID.machine_id, setName: SAID.backupset_name };
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await searchSet(scope, set, {}, { limit: 1000, cursor });
    expect(page.rows.length).toBeLessThan(40);
    found.push(...page.rows.map(({ entry }) => entry.path));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(found).toEqual(names);
  const [from, to] = (await querySnapshots(scope, set, {}, { limit: 2, order: "asc" })).rows;
  const changed: string[] = [];
  do {
    const page = await changePage(scope, from!, to!, { limit: 1000, cursor });
    expect(page.rows.length).toBeLessThan(40);
    changed.push(...page.rows.map(({ path }) => path));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(changed).toEqual(names);
  await scope.store.close();
  await server.stop();
});
