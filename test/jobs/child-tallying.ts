// Has one long page hashed in a second thread, says so, and waits for it: to be stopped meanwhile.
import { writeSync } from "node:fs";
import { packed, type Located } from "#db/packed-rows.ts";
import { FILE } from "#db/version.ts";
import { withTallying } from "#jobs/ingest/tallying.ts";

const COUNT = 1_000_000;
const version = {
  folder_id: 1,
  name: Buffer.from("name"),
  type: FILE,
  target: null,
  size: 1,
  mtime_us: 1,
  inode: 1,
  checksum: Buffer.alloc(32),
  error: null,
};
const page = packed(Array.from({ length: COUNT }, (): Located => ({ version, folder: "/f/" })));
await withTallying(COUNT, async (tallied) => {
  const { fileCount } = tallied({
    *[Symbol.iterator]() {},
    *packed() {
      yield page;
      writeSync(1, "waiting\n");
    },
  });
  writeSync(1, `${fileCount}\n`);
});
