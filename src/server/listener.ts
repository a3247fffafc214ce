// The listening socket, and the one that takes its place. Bun's `reload` leaves the certificate as it was, so a renewed one means
// a new socket on the same port, opened in the same breath in which the old one is closed; what is being answered on the old
// one is answered to its end. In the same way no connections are taken for a while when there are too many.
import type { Server } from "bun";
import { BsvError } from "#core/errors.ts";
import type { Answering } from "./app.ts";
import { IDLE_S } from "./house.ts";

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate: Certificate | undefined;
  /** Our own limit answers with a problem; Bun's only cuts what would pass it. */
  readonly bodyBytes: number;
  readonly answer: Answering;
}

type Socket = Server<undefined>;

export class Listener {
  readonly url: string;
  readonly #options: ListenOptions;
  #certificate: Certificate | undefined;
  /** Undefined while no connections are taken. */
  #socket: Socket | undefined;
  readonly #port: number;
  /** Closed to new connections; they answer what they were asked. */
  readonly #ending = new Map<Socket, Promise<void>>();

  /** Throws `config_invalid` where one cannot listen. */
  constructor(options: ListenOptions) {
    this.#options = options;
    this.#certificate = options.certificate;
    this.#socket = this.#open(options.port);
    this.#port = this.#socket.port!;
    this.url = this.#socket.url.href.replace(/\/$/, "");
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Requests that wait for the end of their answer. */
  get pendingRequests(): number {
    return [this.#socket, ...this.#ending.keys()].reduce(
      (sum, socket) => sum + (socket?.pendingRequests ?? 0),
      0,
    );
  }

  /** Speaks with this certificate from the next connection on. One that can't be used is refused, and the old one stays. */
  renew(certificate: Certificate): void {
    void socketFor({ ...this.#options, host: "127.0.0.1" }, certificate, 0).stop(true); // tried where nobody sees it
    this.#certificate = certificate;
    if (!this.isOpen) return;
    this.pause();
    this.resume();
  }

  /** Takes no more connections; idle ones end now, others when they are answered. */
  pause(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    this.#ending.set(
      socket,
      socket.stop().then(() => void this.#ending.delete(socket)),
    );
  }

  /** Takes connections again. Throws where somebody else took the port meanwhile; then it may be tried again. */
  resume(): void {
    this.#socket ??= this.#open(this.#port);
  }

  /** Answers what was asked, for `graceMs` at most, then closes everything. */
  async close(graceMs: number): Promise<void> {
    this.pause();
    const ended = Promise.all(this.#ending.values()).then(() => true);
    const isDone = await Promise.race([ended, Bun.sleep(graceMs).then(() => false)]);
    if (!isDone) await Promise.all([...this.#ending.keys()].map((socket) => socket.stop(true)));
  }

  // --- internal ---

  #open(port: number): Socket {
    try {
      return socketFor(this.#options, this.#certificate, port);
    } catch (cause) {
      const { host } = this.#options;
      if (isDeaf(host)) {
        throw new BsvError("config_invalid", `Can't listen on any port of ${host}`, {
          hint: "Is that a name or an address of this machine? Choose another --host",
          cause,
        });
      }
      const message = `Can't listen on ${host}:${port}: the port is in use or not allowed`;
      throw new BsvError("config_invalid", message, {
        hint: "Is another server running there? Choose another --port",
        cause,
      });
    }
  }
}

// --- internal ---

/** Whether it is the host that can't be had: a failed look-up leaves Bun with any code, and it asks for the port. */
function isDeaf(hostname: string): boolean {
  try {
    Bun.listen({ hostname, port: 0, socket: { data() {} } }).stop();
    return false;
  } catch {
    return true; // why is told by the failure that made us ask
  }
}

function socketFor(
  { host, bodyBytes, answer }: ListenOptions,
  certificate: Certificate | undefined,
  port: number,
): Socket {
  return Bun.serve({
    hostname: host,
    port,
    development: false, // its error page shows source
    reusePort: false, // said aloud: outside development Bun shares the port, and two stores would answer in turn
    idleTimeout: IDLE_S,
    maxRequestBodySize: bodyBytes + 1024 * 1024,
    ...(certificate === undefined ? {} : { tls: certificate }),
    fetch: (request, server) => answer(request, server),
  });
}
