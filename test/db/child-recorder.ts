// Records snapshots of 500 files without end, each a little different, and says the time of each on its own line once it
// is acknowledged. To be killed. With `early` it says so before: the promise that the test must then find broken.
import { writeSync } from "node:fs";
import type { Entry } from "#core/entry.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { newestRecorded } from "#db/snapshots.ts";
import { SET, listAt, record } from "./sample.ts";

const [path, when] = process.argv.slice(2);
const scope = everything(await openStore(path!));
const say = (timestampMs: number): void => void writeSync(1, `${timestampMs}\n`);
let timestampMs = ((await newestRecorded(scope, SET))?.timestampMs ?? 1000) + 1;
for (; ; timestampMs++) {
  const entries: Entry[] = listAt(timestampMs);
  if (when === "early") say(timestampMs);
  await record(scope, timestampMs, entries);
  if (when !== "early") say(timestampMs);
}
