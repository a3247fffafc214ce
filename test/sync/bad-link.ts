// A bad link: a TCP proxy between client and server that cuts, delays and loses what passes, as told. It knows
// nothing of HTTP, so what it does to a request is what a network does.
import type { Socket, TCPSocketListener } from "bun";

/** What happens to one connection; decided when it is opened. */
export interface Weather {
  /** Cut after so many bytes went up to the server (the last ones are delivered). */
  cutUpAfter?: number;
  /** The server's answer never arrives: its first byte closes the connection. */
  loseAnswer?: boolean;
  /** Cut after so many bytes of the answer. */
  cutDownAfter?: number;
  /** Nothing passes down before. */
  delayMs?: number;
  /** The connection is refused, as far as TCP lets us: closed at once. */
  refuse?: boolean;
}

type Peer = Socket<Side>;
interface Side {
  weather: Weather;
  up: number;
  down: number;
  other: Peer | undefined;
  /** What waits until the other side is open or can take more. */
  queued: Buffer[];
  isEnding: boolean;
}

export class BadLink {
  connections = 0;
  readonly #listener: TCPSocketListener<Side>;

  /** `weather` is asked for each new connection, which are counted from 1. */
  constructor(port: () => number, weather: (connection: number) => Weather = () => ({})) {
    this.#listener = Bun.listen<Side>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (client) => {
          const chosen = weather(++this.connections);
          client.data = side(chosen);
          if (chosen.refuse) client.terminate();
          else void this.#dial(client, port(), chosen);
        },
        data: (client, bytes) => {
          const { weather: now, other } = client.data;
          client.data.up += bytes.byteLength;
          const excess = client.data.up - (now.cutUpAfter ?? Infinity);
          const passing = excess > 0 ? bytes.subarray(0, bytes.byteLength - excess) : bytes;
          pass(client.data, Buffer.from(passing), other);
          if (excess >= 0) cut(client, other);
        },
        drain: flush,
        close: (client) => end(client.data.other),
        error: (client) => cut(client, client.data.other),
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#listener.port}`;
  }

  close(): void {
    this.#listener.stop(true);
  }

  async #dial(client: Peer, port: number, weather: Weather): Promise<void> {
    try {
      await Bun.connect<Side>({
        hostname: "127.0.0.1",
        port,
        socket: {
          open: (server) => {
            server.data = { ...side(weather), other: client };
            client.data.other = server;
            server.data.queued = client.data.queued.splice(0);
            flush(server);
          },
          data: (server, bytes) => {
            if (weather.loseAnswer) return cut(client, server);
            server.data.down += bytes.byteLength;
            const excess = server.data.down - (weather.cutDownAfter ?? Infinity);
            const passing = excess > 0 ? bytes.subarray(0, bytes.byteLength - excess) : bytes;
            const copy = Buffer.from(passing);
            setTimeout(() => {
              pass(server.data, copy, client);
              if (excess >= 0) cut(client, server);
            }, weather.delayMs ?? 0);
          },
          drain: flush,
          close: () => {
            setTimeout(() => end(client), (weather.delayMs ?? 0) + 1);
          },
          error: (server) => cut(client, server),
        },
      });
    } catch {
      client.terminate(); // no server there: the client sees its connection close
    }
  }
}

function side(weather: Weather): Side {
  return { weather, up: 0, down: 0, other: undefined, queued: [], isEnding: false };
}

function pass(from: Side, bytes: Buffer, to: Peer | undefined): void {
  if (to === undefined) return void from.queued.push(bytes);
  to.data.queued.push(bytes);
  flush(to);
}

function flush(to: Peer): void {
  const { queued } = to.data;
  while (queued.length > 0) {
    const bytes = queued[0]!;
    const written = to.write(bytes);
    if (written < bytes.byteLength) {
      queued[0] = bytes.subarray(Math.max(0, written));
      return;
    }
    queued.shift();
  }
  if (to.data.isEnding) to.end();
}

/** Closes once what is queued has passed. */
function end(socket: Peer | undefined): void {
  if (socket === undefined) return;
  socket.data.isEnding = true;
  flush(socket);
}

function cut(client: Peer, server: Peer | undefined): void {
  if (server !== undefined) flush(server);
  client.terminate();
  server?.end();
}
