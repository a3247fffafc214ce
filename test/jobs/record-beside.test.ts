// A list is written while the last files are still being read: what then may go wrong, and what is stored all the same. Here a file
// takes as many milliseconds to read as its name says.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { DocumentFolder } from "#disk/documents.ts";
import { HashPool } from "#disk/hash-pool.ts";
import { Spool } from "#disk/spool.ts";
import { recordScan } from "#jobs/scan/record.ts";
import { surveyInput } from "#jobs/scan/survey-input.ts";
import { querySnapshots } from "#db/query.ts";
import { Found, type FoundLine } from "#scan/found.ts";
import { Reading } from "#scan/reading.ts";
import { RecordingSink } from "#scan/sinks.ts";
import { Survey, survey } from "#scan/survey.ts";
import { Trial } from "./scan-trial.ts";

/** How long the event loop may stand still, here. */
const BLOCKED_MS = 100;
const SET = { machineId: "devbox", setName: "photos" };

let trial: Trial;
let pool: HashPool;
beforeEach(async () => {
  trial = await Trial.open();
  pool = new HashPool(1, new URL("../scan/slow-hash-worker.ts", import.meta.url));
});
afterEach(() => trial.close());

/** As a scan does it, with slow threads and little patience. */
async function scanSlowly() {
  const input = trial.input();
  const documents = new DocumentFolder(trial.dataDir, SET.machineId, SET.setName);
  const [seen, parent] = [new Survey(), undefined];
  const reading = new Reading(
    pool,
    () => {},
    () => {},
    BLOCKED_MS,
  );
  const found = new Found(new Spool<FoundLine>(`${trial.home}/spool`), Date.now());
  const sink = new RecordingSink(found, reading, () => {});
  await survey(surveyInput(trial.scope, input, parent), seen, sink, trial.run);
  const work = { documents, parent, seen, reading, found };
  return recordScan(trial.scope, input, work, trial.run).finally(() => found.remove());
}

const stored = async () =>
  (await querySnapshots(trial.scope, SET, {}, { limit: 9, order: "asc" })).rows;

test("a list whose last files take too long is undone, and written again when they are read", async () => {
  writeFileSync(`${trial.tree}/400`, "x");
  const summary = await scanSlowly();
  expect(await stored()).toEqual([expect.objectContaining({ fileCount: 1, errorCount: 0 })]);
  expect(summary.outcome).toMatchObject({ addedCount: 1, readCount: 1 });
  expect(trial.document(summary).files).toMatchObject([{ checksum: "01".repeat(32) }]);
});

test("I2: a scan that is interrupted while another process writes to the store stores nothing of what it has not read", async () => {
  writeFileSync(`${trial.tree}/400`, "x");
  const other = new Database(`${trial.dataDir}/bsv.db`);
  other.run("BEGIN IMMEDIATE");
  const scanning = scanSlowly();
  setTimeout(() => {
    pool.cancel(new Error("Ctrl-C"));
    other.run("ROLLBACK");
  }, 100);
  expect(scanning).rejects.toThrow("Ctrl-C");
  await scanning.catch(() => {});
  other.close();
  expect(await stored()).toEqual([]);
  expect(readdirSync(trial.home)).not.toContain("spool");
});
