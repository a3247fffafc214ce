// What has come of a rollback's steps: counted, and what went wrong told in order.
import { comparePaths } from "#core/order.ts";
import { mayNeedContent, needsContent, type RollbackStep } from "#core/rollback.ts";
import type { Monitor, Trouble } from "#core/run.ts";

export interface ApplyCounts {
  createdCount: number;
  overwrittenCount: number;
  touchedCount: number;
  deletedCount: number;
  restoredBytes: number;
  /** Left where they are: --delete was not said. */
  leftCount: number;
  /** No copy has the content. */
  unavailableCount: number;
  /** Something was against it: a conflict of the plan, a copy with other bytes, a folder that may not be written. */
  refusedCount: number;
  /** Done, but this file system did not keep the time as it was given. */
  untimedCount: number;
  unknownCount: number;
}

export class Outcomes {
  readonly counts: ApplyCounts = {
    createdCount: 0,
    overwrittenCount: 0,
    touchedCount: 0,
    deletedCount: 0,
    restoredBytes: 0,
    leftCount: 0,
    unavailableCount: 0,
    refusedCount: 0,
    untimedCount: 0,
    unknownCount: 0,
  };
  /** Contents that a step still lacks, or may lack where one cannot look: nothing that holds one is deleted. */
  readonly missing = new Set<string>();
  readonly #monitor: Monitor;
  /** Told in order when all of a folder are done: which of them ends first is chance. */
  #troubles: Trouble[] = [];

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  unknown(step: RollbackStep): void {
    this.counts.unknownCount++;
    if (mayNeedContent(step)) this.missing.add(step.target!.checksum!);
    this.trouble(step.path, step.why!);
  }

  unavailable({ path, target }: RollbackStep): void {
    this.counts.unavailableCount++;
    this.missing.add(target!.checksum!);
    this.trouble(path, "UNAVAILABLE: no copy has the content");
  }

  refused(step: RollbackStep, error: string): void {
    this.counts.refusedCount++;
    if (needsContent(step)) this.missing.add(step.target!.checksum!);
    this.trouble(step.path, error);
  }

  trouble(path: string, error: string): void {
    this.#troubles.push({ path, error });
  }

  tell(): void {
    const troubles = this.#troubles.splice(0).sort((a, b) => comparePaths(a.path, b.path));
    for (const trouble of troubles) this.#monitor.trouble(trouble);
  }
}
