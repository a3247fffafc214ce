// A rollback as a process of its own, to be killed: `child-rollback.ts HOME SNAPSHOT`.
import { findSnapshot } from "#db/find-snapshot.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { NOBODY } from "#core/run.ts";
import { applyRollback } from "#jobs/rollback/apply.ts";

const [home, snapshotId] = process.argv.slice(2) as [string, string];
const scope = everything(await openStore(`${home}/data/bsv.db`));
const target = (await findSnapshot(scope, snapshotId))!;
await applyRollback(
  scope,
  {
    target,
    definition: undefined,
    dataDir: `${home}/data`,
    path: undefined,
    copies: [],
    isDeleting: true,
  },
  { signal: new AbortController().signal, monitor: NOBODY, now: Date.now },
);
await scope.store.close();
