// Opens the store it is given, and closes it.
import { openStore } from "#db/store/store.ts";

const store = await openStore(process.argv[2]!);
await store.close();
