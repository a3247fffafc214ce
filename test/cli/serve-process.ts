// `bsv serve` as a process in a home of its own, on a free port unless one is said.
import { binary, Home } from "./harness.ts";

export interface Serving extends AsyncDisposable {
  readonly url: string;
  readonly home: Home;
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** What it has said on stderr so far, as lines of JSON. */
  readonly log: Record<string, unknown>[];
  /** Waits for a line of log that fits. Throws after ten seconds. */
  said(what: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
}

/** `prefix`: words before the binary, such as `prlimit --nofile=300`. `auth`: whether it asks for keys; the store then has users. */
export async function serveProcess(
  args: readonly string[],
  home: Home = new Home(),
  prefix: readonly string[] = [],
  auth: "keys" | "open" = "open",
): Promise<Serving> {
  const open = auth === "open" ? ["--insecure-no-auth"] : [];
  const port = args.includes("--port") ? [] : ["--port", "0"];
  const process = Bun.spawn([...prefix, binary, "serve", ...port, ...open, "--json", ...args], {
    cwd: home.folder,
    env: home.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const log: Record<string, unknown>[] = [];
  const reading = readLog(process.stderr, log);
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  const first = JSON.parse(Buffer.from(value ?? []).toString() || "{}") as { url?: string };
  if (first.url === undefined) throw new Error(`bsv serve did not start: ${JSON.stringify(first)}`);
  return {
    url: first.url,
    home,
    process,
    log,
    async said(fits) {
      for (let tries = 0; tries < 500; tries++) {
        const found = log.find(fits);
        if (found !== undefined) return found;
        await Bun.sleep(20);
      }
      throw new Error(`Not said: ${JSON.stringify(log)}`);
    },
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.exited;
      await reading;
      home[Symbol.dispose]();
    },
  };
}

// --- internal ---

async function readLog(
  stream: ReadableStream<Uint8Array>,
  log: Record<string, unknown>[],
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.startsWith("{")) log.push(JSON.parse(line));
  }
}
