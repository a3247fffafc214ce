// What a scan carries from: the entries of a snapshot, each with what this disk said of the file when it was last read.
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import { atomic, view } from "./atomic.ts";
import { momentOf } from "./owned.ts";
import type { Scope } from "./scope.ts";
import { covers, entryOf, type EntryRow } from "./version.ts";
import { WRITE_STAMP, type ReadStamp } from "./recording/version-writer.ts";
import { walkOf, walkPage } from "./walk.ts";

export interface Carried {
  entry: Entry;
  /** Null when this disk never read it: it came from elsewhere. */
  stamp: ReadStamp | null;
}

/** All entries of a snapshot with their stamps, in pages of the one order. Throws as `entryPages` does. */
export async function* carryPages(scope: Scope, snapshotId: string): AsyncGenerator<Carried[]> {
  let after: EntryKey | undefined;
  for (let isFirst = true; ; isFirst = false) {
    const { rows, isEnd } = await view(scope, (database) => {
      const { setId, atMs } = momentOf(scope, snapshotId, isFirst ? "not_found" : "gone");
      const place = { setId, after, limit: PAGE_SIZE };
      return walkPage(database, STAMPED, place, [atMs], (row, folder) => {
        const name = pathText(row.name);
        const carried = { entry: entryOf(row, folder, name), stamp: stampOf(row) };
        return { key: { folder, name }, carried };
      });
    });
    if (rows.length > 0) yield rows.map((row) => row.carried);
    if (isEnd) return;
    after = rows.at(-1)!.key;
  }
}

/** Notes that entries of a snapshot were read again and found as they are. Throws `not_found`; unknown keys are passed over. */
export async function saveStamps(
  scope: Scope,
  snapshotId: string,
  stamps: Iterable<{ key: EntryKey; stamp: ReadStamp }>,
): Promise<void> {
  await atomic(scope, (database) => {
    const { setId, atMs } = momentOf(scope, snapshotId, "not_found");
    const find = database.query<{ version_id: number }, [number, Uint8Array, Uint8Array, number]>(
      VERSION,
    );
    const write = database.query(WRITE_STAMP);
    for (const { key, stamp } of stamps) {
      const row = find.get(setId, pathBytes(key.folder), pathBytes(key.name), atMs);
      if (row === null) continue;
      write.run(stamp.ctimeUs, stamp.device, stamp.readAtMs, row.version_id);
    }
  });
}

// --- internal ---

/** A local scan reads nothing else meanwhile, so its pages may be larger than a server's. */
const PAGE_SIZE = 4000;

interface StampedRow extends EntryRow {
  ctime_us: number | null;
  device: number | null;
  read_at_ms: number | null;
}

const STAMPED = walkOf<StampedRow>(covers("?6"), ["ctime_us", "device", "read_at_ms"]);

function stampOf({
  ctime_us: ctimeUs,
  device,
  read_at_ms: readAtMs,
}: StampedRow): ReadStamp | null {
  if (ctimeUs === null || device === null || readAtMs === null) return null;
  return { ctimeUs, device, readAtMs };
}

const VERSION = `
  SELECT v.version_id FROM folders f INDEXED BY folders_by_path
  CROSS JOIN versions v INDEXED BY versions_by_name ON v.folder_id = f.folder_id
  WHERE f.set_id = ?1 AND f.path = ?2 AND v.name = ?3 AND ${covers("?4")}`;
