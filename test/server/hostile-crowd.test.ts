// Many who only want to be a burden, against the binary as a process: silent sockets, headers and bodies that trickle, readers who
// do not read, decompression bombs. Meanwhile somebody else asks as usual: their p99 and the server's memory are what counts.
// BSV_SOAK=1 comes with the numbers of the promise (5,000 idle sockets).
import { expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { serveProcess, type Serving } from "#test/cli/serve-process.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { SET_PATH } from "./running.ts";

const IS_SOAK = process.env["BSV_SOAK"] === "1";
const hasPrlimit = Bun.which("prlimit") !== null;
const OPEN = ["--limit", "requests=none", "--limit", "downloads_each=64"];

const P99_MS = 250;
/** Mostly of documents that nobody takes: sixty-four at once, a few megabytes each. */
const MEMORY_BYTES = 320 * 1024 ** 2;

function sockets(serving: Serving, count: number, first: string): Socket[] {
  const { hostname, port } = new URL(serving.url);
  return Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {}); // being thrown out is what it came for
    if (first !== "") socket.on("connect", () => socket.write(first));
    return socket;
  });
}

async function memoryOf({ process: { pid } }: Serving): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
}

/** Asks as usual, four at a time, for so long; the p99 of a whole answer, in milliseconds. */
async function p99({ url }: Serving, forMs: number): Promise<number> {
  const times: number[] = [];
  const endMs = performance.now() + forMs;
  const ask = async () => {
    while (performance.now() < endMs) {
      const startedAtMs = performance.now();
      const answer = await fetch(`${url}${SET_PATH}/latest?files=false`);
      await answer.bytes();
      expect(answer.status).toBe(200);
      times.push(performance.now() - startedAtMs);
      await Bun.sleep(5);
    }
  };
  await Promise.all([ask(), ask(), ask(), ask()]);
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
}

const POST = `POST ${SET_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;

/** Each begins its burden and says how to end it. */
const crowds: Record<string, (serving: Serving) => () => Promise<void>> = {
  "silent sockets": (serving) => ending(sockets(serving, IS_SOAK ? 5000 : 600, "")),
  "headers that never end": (serving) =>
    ending(sockets(serving, IS_SOAK ? 5000 : 600, "GET /machines HTTP/1.1\r\nHost: localhost\r\n")),
  "headers that trickle": (serving) => {
    const all = sockets(
      serving,
      IS_SOAK ? 2000 : 300,
      "GET /machines HTTP/1.1\r\nHost: localhost\r\n",
    );
    const drip = setInterval(() => all.forEach((socket) => socket.write("X-A: b\r\n")), 200);
    return ending(all, drip);
  },
  "bodies that trickle": (serving) => {
    const all = sockets(serving, 200, `${POST}Content-Length: 100000\r\n\r\n{`);
    const drip = setInterval(() => all.forEach((socket) => socket.write(" ")), 200);
    return ending(all, drip);
  },
  "readers who do not read": (serving) => {
    const all = sockets(serving, 100, `GET ${SET_PATH}/latest HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    for (const socket of all) socket.pause();
    return ending(all);
  },
  "decompression bombs": (serving) => {
    let isOver = false;
    const throwBombs = async () => {
      while (!isOver) {
        const answer = await fetch(`${serving.url}${SET_PATH}`, {
          method: "POST",
          body: BOMB,
          headers: { "Content-Type": "application/json", "Content-Encoding": "zstd" },
        });
        expect([413, 429, 503]).toContain(answer.status);
      }
    };
    const throwers = Array.from({ length: 6 }, throwBombs);
    return async () => {
      isOver = true;
      await Promise.all(throwers);
    };
  },
};

/** 512 MiB of blanks, in some 20 KB. */
const BOMB = Bun.zstdCompressSync(Buffer.alloc(512 * 1024 ** 2, " "));

function ending(all: Socket[], drip?: Timer): () => Promise<void> {
  return async () => {
    clearInterval(drip);
    for (const socket of all) socket.destroy();
  };
}

test("I11: whatever crowd stands at the door, others are answered as quickly, and memory stays flat", async () => {
  await using serving = await serveProcess([...OPEN, "--limit", "document_size=64MiB"]);
  // More than the buffers between the two can hold.
  const folder = "long/".repeat(150);
  const many = Array.from({ length: 15_000 }, (_, i) => ({
    ...tree()[0]!,
    path: `/${folder}${i}`,
  }));
  const sent = await fetch(`${serving.url}${SET_PATH}`, {
    method: "POST",
    body: ours(many).json,
    headers: { "Content-Type": "application/json" },
  });
  expect(sent.status).toBe(201);
  await p99(serving, 300);
  // The promise is for a machine of one's own; where others work too, nobody is quicker than they let them.
  const quickMs = IS_SOAK ? P99_MS : Math.max(P99_MS, 5 * (await p99(serving, 500)));
  const memoryBefore = await memoryOf(serving);
  for (const [name, begin] of Object.entries(crowds)) {
    const end = begin(serving);
    await Bun.sleep(200);
    const slowest = await p99(serving, IS_SOAK ? 15_000 : 500);
    const grown = (await memoryOf(serving)) - memoryBefore;
    await end();
    if (IS_SOAK) console.log(`${name}: p99 ${slowest.toFixed(1)} ms, memory +${grown >> 20} MiB`);
    expect([name, slowest < quickMs ? "quick" : slowest]).toEqual([name, "quick"]);
    expect([name, grown < MEMORY_BYTES ? "flat" : grown]).toEqual([name, "flat"]);
  }
}, 240_000);

test.skipIf(!hasPrlimit)(
  "I11: more connections than there are descriptors: the door is shut before the store lacks one, and opens again",
  async () => {
    await using serving = await serveProcess(OPEN, undefined, ["prlimit", "--nofile=300:300"]);
    const leave = ending(sockets(serving, 400, ""));
    await serving.said(({ what }) => what === "crowd");
    expect(serving.process.exitCode).toBeNull();
    await leave();
    await serving.said(({ what }) => what === "crowd over");
    const sent = await fetch(`${serving.url}${SET_PATH}`, {
      method: "POST",
      body: ours(tree()).json,
      headers: { "Content-Type": "application/json" },
    });
    expect(sent.status).toBe(201);
  },
  60_000,
);
