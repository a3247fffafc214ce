// Bytes to a server and its bytes back, as no HTTP client would send them.
import { connect } from "node:net";

export interface RawAnswer {
  /** 0: the connection was closed without a word. */
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly text: string;
}

/** Sends `bytes` and takes what comes until the server closes, or says nothing more for `quietMs`. */
export function raw(url: string, bytes: string | Uint8Array, quietMs = 150): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    const finish = () => {
      socket.destroy();
      resolve(answerOf(Buffer.concat(chunks).toString("latin1")));
    };
    socket.setTimeout(quietMs * 20, finish);
    socket.on("connect", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      socket.setTimeout(quietMs, finish);
    });
    socket.on("close", finish);
    socket.on("error", finish);
  });
}

// --- internal ---

function answerOf(text: string): RawAnswer {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(":")),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(first)?.[1] ?? 0);
  return { status, headers, body: rest.join("\r\n\r\n"), text };
}
