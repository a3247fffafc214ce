// A process of its own that asks one thing over many connections, each again as soon as it has its answer, and tells how many came
// and how long they took: wrk, which needs little of the machine for itself, or where that is not installed a script over bare sockets:
// `bun bench/load.ts '{"url":…,"headers":{…},"connections":100,"seconds":3}'`. Of the script every answer must be as long as the first.
import { quantile, timed } from "./bench.ts";

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

export interface Borne {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** Puts the load on a server, from a process of its own. */
export const bear = (load: Load): Promise<Borne> =>
  Bun.which("wrk") === null ? bearScript(load) : bearWrk(load);

// --- internal ---

async function bearWrk({ url, headers, connections, seconds }: Load): Promise<Borne> {
  const words = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const many = ["-t1", `-c${connections}`, "--latency", ...words, url];
  await timed(["wrk", `-d${WARM_S}`, ...many]);
  const { stdout } = await timed(["wrk", `-d${seconds}`, ...many]);
  if (stdout.includes("Non-2xx")) throw new Error(stdout);
  const ms = (quantile: string): number => {
    const [, value, unit] = new RegExp(`${quantile}% +([\\d.]+)(us|ms|s)`).exec(stdout)!;
    return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit as "us" | "ms" | "s"];
  };
  const perSecond = Number(/Requests\/sec: +([\d.]+)/.exec(stdout)![1]);
  return { perSecond, p99Ms: ms("99") };
}

async function bearScript(load: Load): Promise<Borne> {
  const command = [process.execPath, import.meta.path, JSON.stringify(load)];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const said = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`The load of ${load.url} broke off`);
  return JSON.parse(said) as Borne;
}

/** Until everything that is compiled while it runs is compiled. */
const WARM_S = 2;

async function run({ url, headers, connections, seconds }: Load): Promise<Borne> {
  const first = await fetch(url, { headers });
  if (first.status !== 200) throw new Error(`${url}: ${first.status} ${await first.text()}`);
  const { host, hostname, port, pathname, search } = new URL(url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n${lines.join("")}\r\n`;
  const startMs = performance.now() + WARM_S * 1000;
  const endMs = startMs + seconds * 1000;
  const waits: number[] = [];
  let length: number | undefined;
  const client = () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let askedAtMs = 0;
    let got = 0;
    const ask = (socket: { write(text: string): number }) => {
      askedAtMs = performance.now();
      got = 0;
      socket.write(request);
    };
    void Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: ask,
        data(socket, bytes) {
          if (got === 0 && !bytes.toString("latin1", 0, 12).endsWith(" 200")) {
            return reject(new Error(bytes.toString()));
          }
          length ??= wholeLength(bytes);
          got += bytes.length;
          if (got < length) return;
          if (got > length) return reject(new Error("An answer is longer than the first"));
          const nowMs = performance.now();
          if (askedAtMs >= startMs) waits.push(nowMs - askedAtMs);
          if (nowMs < endMs) return ask(socket);
          resolve();
          socket.end();
        },
        close: () => reject(new Error("The server closed a connection")),
        error: (_, error) => reject(error),
      },
    }).catch(reject);
    return promise;
  };
  await Promise.all(Array.from({ length: connections }, client));
  return {
    perSecond: waits.length / seconds,
    p99Ms: quantile(waits, 0.99),
  };
}

/** Of head and body, from the head of an answer. */
function wholeLength(bytes: Buffer): number {
  const text = bytes.toString("latin1");
  const head = text.indexOf("\r\n\r\n") + 4;
  return head + Number(/^content-length: (\d+)/im.exec(text)![1]);
}

if (import.meta.main) console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as Load)));
