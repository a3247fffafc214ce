// Takes the lock of a set, says so, and keeps it until it is killed.
import { lockSet } from "#db/lock.ts";
import { SET } from "./sample.ts";

await lockSet(process.argv[2]!, SET);
process.stdout.write("locked\n");
await Bun.sleep(60_000);
