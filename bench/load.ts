// A process of its own that asks one thing over many connections, each again as soon as it has its answer, and tells how many came
// and how long they took: `bun bench/load.ts '{"url":…,"headers":{…},"connections":100,"seconds":3}'`. It speaks over bare
// sockets, so that little of the machine is its own. Every answer must be as long as the first: one that differs ends it.
import { quantile } from "./bench.ts";

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

export interface Borne {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Bears the load in a process of its own. */
export async function bear(load: Load): Promise<Borne> {
  const command = [process.execPath, import.meta.path, JSON.stringify(load)];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const said = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`The load of ${load.url} broke off`);
  return JSON.parse(said) as Borne;
}

// --- internal ---

/** Until everything that is compiled while it runs is compiled. */
const WARM_S = 1;

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
    p50Ms: quantile(waits, 0.5),
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
