// Query plans are pinned: which index, in which order, nothing scanned, nothing sorted. SQLite's own choice for folders
// and versions was a thousand times slower once, with a plan that still said SEARCH.
import { expect, test } from "bun:test";
import { BLIND_SQL } from "#db/blind-spots.ts";
import { CONTENT_SQL } from "#db/search/content-filter.ts";
import { PLACES_SQL } from "#db/search/content-places.ts";
import { CONTENTS_SQL } from "#db/comparison/contents.ts";
import { COVERING_ONE, DIFFERENCE_SQL } from "#db/comparison/difference.ts";
import { HISTORY_SQL } from "#db/search/history.ts";
import { LISTING } from "#db/listing.ts";
import { SEARCH_SQL } from "#db/search/search.ts";
import { SIGHTINGS_SQL } from "#db/search/sightings.ts";
import { REPEATED_SQL } from "#db/search/repeated-contents.ts";
import { REPEATED_PREFIXES_SQL } from "#db/search/repeated-prefixes.ts";
import { ENTRY_AT_SQL } from "#db/entry-at.ts";
import { STANDING_SQL } from "#db/standing.ts";
import { TIMELINE_SQL } from "#db/recording/timeline.ts";
import { CHURN_SQL } from "#db/search/churn.ts";
import { STATS_SQL } from "#db/stats.ts";
import { WHOLE_SET_SQL } from "#db/recording/whole-set.ts";
import { newScope } from "./fixture.ts";

async function plansOf(statements: object): Promise<string> {
  const { database } = (await newScope()).store;
  const plans = Object.entries(statements).map(([name, sql]) => {
    const steps = database.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
    return [`${name}:`, ...steps.map((step) => `  ${step.detail}`)].join("\n");
  });
  return `\n${plans.join("\n")}\n`;
}

test("a list is a walk along folders by path and their versions by name, without sorting", async () => {
  expect(await plansOf(LISTING)).toMatchInlineSnapshot(`
    "
    restOfFolder:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path=?)
      SEARCH v USING INDEX versions_by_name (folder_id=? AND (name,from_ms)>(?,?))
    laterFolders:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path>?)
      SEARCH v USING INDEX versions_by_name (folder_id=?)
    allFolders:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path>?)
      SEARCH v USING INDEX versions_by_name (folder_id=?)
    "
  `);
  expect(await plansOf(COVERING_ONE)).toEqual(await plansOf(LISTING));
});

test("a path's history and a checksum's holders come from one index each", async () => {
  expect(await plansOf({ ...HISTORY_SQL(), ...CONTENT_SQL() })).toMatchInlineSnapshot(`
    "
    HISTORY:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path=?)
      SEARCH v USING INDEX versions_by_name (folder_id=? AND name=? AND from_ms>?)
    HOLDERS:
      SEARCH v USING INDEX versions_by_checksum (<expr>=? AND set_id>?)
      SEARCH f USING INTEGER PRIMARY KEY (rowid=?)
      SEARCH b USING INDEX backupsets_by_id (set_id=?)
    HOLDERS_OF_SET:
      SEARCH v USING INDEX versions_by_checksum (<expr>=? AND set_id=? AND rowid>?)
      SEARCH f USING INTEGER PRIMARY KEY (rowid=?)
      SEARCH b USING INDEX backupsets_by_id (set_id=?)
    HELD:
      SEARCH v USING INDEX versions_by_checksum (<expr>=? AND set_id=? AND rowid>?)
      SEARCH f USING INTEGER PRIMARY KEY (rowid=?)
    "
  `);
});

test("a short difference reads only the ends of intervals; only what it found is sorted", async () => {
  expect(await plansOf(DIFFERENCE_SQL())).toMatchInlineSnapshot(`
    "
    ENDS_BETWEEN:
      CO-ROUTINE (subquery-2)
      COMPOUND QUERY
      LEFT-MOST SUBQUERY
      SEARCH versions USING COVERING INDEX versions_by_start (set_id=? AND from_ms>? AND from_ms<?)
      UNION ALL
      SEARCH versions USING COVERING INDEX versions_by_end (set_id=? AND to_ms>? AND to_ms<?)
      SCAN (subquery-2)
    BY_ENDS:
      CO-ROUTINE e
      COMPOUND QUERY
      LEFT-MOST SUBQUERY
      SEARCH v USING INDEX versions_by_start (set_id=? AND from_ms>? AND from_ms<?)
      UNION ALL
      SEARCH v USING INDEX versions_by_end (set_id=? AND to_ms>? AND to_ms<?)
      SCAN e
      SEARCH v USING INTEGER PRIMARY KEY (rowid=?)
      SEARCH f USING INTEGER PRIMARY KEY (rowid=?)
      USE TEMP B-TREE FOR ORDER BY
    "
  `);
});

test("where a content stands, and what could not be seen, are looked up by index", async () => {
  expect(await plansOf({ ...CONTENTS_SQL(), ...STANDING_SQL(), ...ENTRY_AT_SQL(), ...BLIND_SQL() }))
    .toMatchInlineSnapshot(`
    "
    STANDING:
      CO-ROUTINE (subquery-1)
      SEARCH v USING INDEX versions_by_checksum (<expr>=? AND set_id=?)
      SCAN (subquery-1)
    VERSION:
      SEARCH v USING INTEGER PRIMARY KEY (rowid=?)
      SEARCH f USING INTEGER PRIMARY KEY (rowid=?)
    STANDS:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path=?)
      SEARCH v USING COVERING INDEX versions_by_name (folder_id=? AND name=? AND from_ms<?)
    AT:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path=?)
      SEARCH v USING INDEX versions_by_name (folder_id=? AND name=? AND from_ms<?)
    ERROR:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path=?)
      SEARCH v USING INDEX versions_by_name (folder_id=? AND name=? AND from_ms<?)
    "
  `);
});

test("which snapshots saw a version is read from their order in time alone", async () => {
  expect(await plansOf({ ...SIGHTINGS_SQL(), ...TIMELINE_SQL() })).toMatchInlineSnapshot(`
    "
    AT:
      SEARCH snapshots USING INDEX snapshots_by_time (set_id=? AND timestamp_ms=?)
    MOMENTS:
      CO-ROUTINE (subquery-1)
      SEARCH snapshots USING COVERING INDEX snapshots_by_time (set_id=?)
      SCAN (subquery-1)
    BEGIN_THERE:
      SEARCH versions USING INDEX versions_by_start (set_id=? AND from_ms<?)
    "
  `);
});

test("what was new since a time is read by when it began, without sorting", async () => {
  expect(await plansOf(CHURN_SQL())).toMatchInlineSnapshot(`
    "
    BEGUN:
      SEARCH v USING INDEX versions_by_start (set_id=? AND from_ms>? AND from_ms<?)
      SEARCH f USING INTEGER PRIMARY KEY (rowid=?)
    BEFORE:
      SEARCH v USING INDEX versions_by_name (folder_id=? AND name=? AND from_ms<?)
    "
  `);
});

test("where a content is, and whether it ever was, comes from the index over checksums", async () => {
  expect(await plansOf(PLACES_SQL())).toMatchInlineSnapshot(`
    "
    PLACES:
      CO-ROUTINE e
      SEARCH versions USING INDEX versions_by_checksum (<expr>=?)
      SCAN e
      SEARCH v USING INTEGER PRIMARY KEY (rowid=?)
      SEARCH f USING INTEGER PRIMARY KEY (rowid=?)
      SEARCH b USING INDEX backupsets_by_id (set_id=?)
    KNOWN:
      SEARCH versions USING INDEX versions_by_checksum (<expr>=?)
    "
  `);
});

test("what a set costs is counted, and what it holds is walked, along one index each", async () => {
  expect(await plansOf({ ...STATS_SQL(), ...WHOLE_SET_SQL() })).toMatchInlineSnapshot(`
    "
    COST:
      SEARCH s USING INDEX snapshots_by_time (set_id=?)
      SCALAR SUBQUERY 1
      SEARCH t USING COVERING INDEX tombstones_by_time (set_id=?)
      SCALAR SUBQUERY 2
      SEARCH v USING COVERING INDEX versions_by_start (set_id=?)
    SEALED:
      SEARCH snapshots USING INDEX snapshots_by_time (set_id=?)
    restOfFolder:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path=?)
      SEARCH v USING INDEX versions_by_name (folder_id=? AND (name,from_ms)>(?,?))
    laterFolders:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path>?)
      SEARCH v USING INDEX versions_by_name (folder_id=?)
    allFolders:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path>?)
      SEARCH v USING INDEX versions_by_name (folder_id=?)
    "
  `);
});

test("contents that repeat are read from the index over checksums alone", async () => {
  expect(await plansOf({ ...REPEATED_SQL(), ...REPEATED_PREFIXES_SQL() })).toMatchInlineSnapshot(`
    "
    SIZE:
      SEARCH versions
    JOINED:
      CO-ROUTINE (subquery-1)
      SEARCH versions USING INDEX versions_by_checksum (<expr>>?)
      SCAN (subquery-1)
    SINGLE:
      SEARCH versions USING INDEX versions_by_checksum (<expr>>? AND <expr><?)
    JOINED_OF_SETS:
      CO-ROUTINE (subquery-1)
      SEARCH versions USING INDEX versions_by_checksum (<expr>>?)
      SCAN (subquery-1)
    SINGLE_OF_SETS:
      SEARCH versions USING INDEX versions_by_checksum (<expr>>? AND <expr><?)
    "
  `);
});

test("a search below a folder begins and ends with that folder", async () => {
  expect(await plansOf(SEARCH_SQL())).toMatchInlineSnapshot(`
    "
    restOfFolder:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path=?)
      SEARCH v USING INDEX versions_by_name (folder_id=? AND (name,from_ms)>(?,?))
    laterFolders:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path>? AND path<?)
      SEARCH v USING INDEX versions_by_name (folder_id=?)
    allFolders:
      SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path>? AND path<?)
      SEARCH v USING INDEX versions_by_name (folder_id=?)
    "
  `);
});
