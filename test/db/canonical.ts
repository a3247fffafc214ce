// The canonical form of a set's versions, stated as queries that find nothing.
import type { Database } from "bun:sqlite";

const RULES: Readonly<Record<string, string>> = {
  "an interval ends after it begins":
    "SELECT * FROM versions v WHERE to_ms <= from_ms AND v.set_id = ?1",
  "an interval begins at a snapshot of its set, or before the oldest, which has it": `
    SELECT * FROM versions v WHERE NOT EXISTS
    (SELECT 1 FROM snapshots s WHERE s.set_id = v.set_id AND s.timestamp_ms = v.from_ms) AND v.set_id = ?1
    AND NOT coalesce((SELECT v.from_ms < min(s.timestamp_ms) AND v.to_ms > min(s.timestamp_ms)
    FROM snapshots s WHERE s.set_id = v.set_id), 0)`,
  "an interval ends at a snapshot of its set": `
    SELECT * FROM versions v WHERE to_ms < 9007199254740991 AND NOT EXISTS
    (SELECT 1 FROM snapshots s WHERE s.set_id = v.set_id AND s.timestamp_ms = v.to_ms) AND v.set_id = ?1`,
  "intervals of one key do not overlap": `
    SELECT * FROM versions a JOIN versions b ON b.folder_id = a.folder_id AND b.name = a.name
    WHERE b.from_ms > a.from_ms AND a.to_ms > b.from_ms AND a.set_id = ?1`,
  "neighbours of one key differ": `
    SELECT * FROM versions a JOIN versions b ON b.folder_id = a.folder_id AND b.name = a.name AND b.from_ms = a.to_ms
    WHERE a.type = b.type AND a.size IS b.size AND a.mtime_us IS b.mtime_us AND a.inode IS b.inode
    AND a.checksum IS b.checksum AND a.target IS b.target AND a.error IS b.error AND a.set_id = ?1`,
  "a version is of its folder's set": `
    SELECT * FROM versions v LEFT JOIN folders f USING (folder_id) WHERE v.set_id = ?1 AND f.set_id IS NOT v.set_id`,
  "no folder is without versions": `
    SELECT * FROM folders f WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.folder_id = f.folder_id) AND f.set_id = ?1`,
};

/** The rules that do not hold, with the first row that breaks each. */
export function canonicalFaults(
  database: Database,
  setId: number,
): { rule: string; row: unknown }[] {
  return Object.entries(RULES).flatMap(([rule, sql]) => {
    const row = database.query(sql).get(setId);
    return row === null ? [] : [{ rule, row }];
  });
}
