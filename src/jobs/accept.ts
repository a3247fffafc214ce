// accept: somebody says that a suspicious snapshot, and what was before it, is as it should be. It stays on record with the reason.
import type { Run } from "#core/run.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { acceptVerdicts } from "#db/proof/verdicts.ts";
import { HOST, type Asker } from "./access/user.ts";
import { judge } from "./judge.ts";

export interface AcceptInput {
  readonly row: SnapshotRow;
  readonly why: string;
  /** Who says so, for the audit log; this host unless somebody else. */
  readonly by?: Asker | undefined;
}

/** Says how many suspicious snapshots were accepted. */
export async function accept(
  scope: Scope,
  { row, why, by = HOST }: AcceptInput,
  run: Run,
): Promise<{ accepted: number }> {
  if (row.verdict === null) await judge(scope, row, run);
  return { accepted: await acceptVerdicts(scope, row, { nowMs: run.now(), why, by }) };
}
