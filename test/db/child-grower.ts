// Makes a store longer and longer, for as long as it is let: each transaction is at once written from the log into the file.
import { openStore } from "#db/store/store.ts";

const store = await openStore(process.argv[2]!);
store.database.run("CREATE TABLE more (bytes BLOB)");
for (;;) {
  store.database.transaction(() => {
    for (let row = 0; row < 400; row++) {
      store.database.run("INSERT INTO more VALUES (randomblob(3000))");
    }
  })();
  store.database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  console.log("longer");
}
