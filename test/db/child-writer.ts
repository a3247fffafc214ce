// Records ten snapshots of a set of its own into a store that others write to as well.
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { listAt, record } from "./sample.ts";

const [path, setName] = process.argv.slice(2);
const store = await openStore(path!);
for (let timestampMs = 1000; timestampMs < 1010; timestampMs++) {
  const set = { machineId: "writer", setName: setName! };
  await record(everything(store), timestampMs, listAt(timestampMs), { set });
}
await store.close();
