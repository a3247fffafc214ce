// A tree and its copies, read in whatever way, and the question whether a path may go.
import { expect } from "bun:test";
import { openCopy } from "#copies/open.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { safeToDelete, type SafeInput, type Unsafe } from "#jobs/verify/safe-to-delete.ts";
import { openTarget } from "#jobs/verify/target.ts";
import { verify } from "#jobs/verify/verify.ts";
import type { Trial } from "./scan-trial.ts";

export const DAY_MS = 86_400_000;

export interface Reading {
  sample?: number;
  maxBytes?: number;
}

/** Verifies a copy, or the source (null). */
export async function readTarget(
  trial: Trial,
  row: SnapshotRow,
  target: string | null,
  { sample, maxBytes }: Reading,
): Promise<void> {
  const opened =
    target === null
      ? await openTarget(
          trial.scope,
          { copy: undefined, layout: undefined, marker: undefined },
          {
            row,
            definition: trial.set(),
            isOwn: true,
            dataDir: trial.dataDir,
            resolve: (path) => path,
          },
        )
      : {
          copy: openCopy(target, {
            resolve: (path) => path,
            marker: undefined,
            expectedBytes: 1e6,
          }),
          name: target,
          layout: undefined,
          isDeclared: true,
        };
  const input = {
    ...opened,
    row,
    sample,
    maxBytes,
    maxMs: undefined,
    ignoreMtime: true,
    isComposed: false,
    dataDir: trial.dataDir,
    threads: 2,
  };
  await verify(trial.scope, input, async () => {}, trial.run);
}

/** The answer, and the codes of its reasons. */
export async function ask(trial: Trial, path: string, more: Partial<SafeInput>) {
  const unsafe: Unsafe[] = [];
  const input = {
    path,
    sets: [{ machineId: "devbox", setName: "photos" }],
    minCopies: 1,
    maxAgeMs: 30 * DAY_MS,
    dataDir: trial.dataDir,
    ...more,
  };
  const safety = await safeToDelete(
    trial.scope,
    input,
    async (one) => void unsafe.push(one),
    trial.run,
  );
  expect(safety.isSafe).toBe(unsafe.length === 0);
  return { ...safety, reasons: [...new Set(unsafe.map(({ why }) => why.split(":")[0]!))].sort() };
}
