// A server in this process over the store of a test's home, so that a command can be asked twice: locally and with --remote.
import { join } from "node:path";
import { serve, type Running } from "#server/serve.ts";
import type { Home } from "./harness.ts";
import { dataDirOf } from "./sample-store.ts";

export function serveHome(home: Home): Promise<Running> {
  const dataDir = dataDirOf(home);
  return serve({
    host: "127.0.0.1",
    auth: "open",
    port: 0,
    dataDir,
    storeFile: join(dataDir, "bsv.db"),
    version: "0.0.0-test",
    log: () => {},
    now: Date.now,
  });
}
