// A server of the binary over a home, in a process of its own.
import { BSV, type Bench, type Home } from "./bench.ts";

export interface Server {
  readonly url: string;
  /** Ends it and removes its home; answers its peak memory. */
  stop(): Promise<number>;
}

/** `auth`: whether it asks for keys. */
export async function startServer(
  bench: Bench,
  home: Home,
  auth: "open" | "keys" = "open",
): Promise<Server> {
  const port = freePort();
  const open = auth === "open" ? ["--insecure-no-auth"] : [];
  const child = Bun.spawn(
    [BSV, "serve", ...open, "--limit", "requests=none", "--port", String(port)],
    {
      env: home.env,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    },
  );
  bench.atEnd(() => child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const isUp = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) break;
    if (tries > 100) throw new Error("The server did not start");
    await Bun.sleep(50);
  }
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
      home.remove();
      return child.resourceUsage()?.maxRSS ?? 0;
    },
  };
}

// --- internal ---

function freePort(): number {
  const server = Bun.serve({ port: 0, fetch: () => new Response() });
  const { port } = server;
  void server.stop(true);
  return port!;
}
