// The dry run of a scan: what would be read, counted and not written.
import type { Run } from "#core/run.ts";
import type { Scope } from "#db/scope.ts";
import { newestRecorded } from "#db/snapshots.ts";
import { CountingSink } from "#scan/sinks.ts";
import { survey, Survey } from "#scan/survey.ts";
import { missedMinFiles } from "./header.ts";
import type { ScanInput } from "./input.ts";
import { surveyInput } from "./survey-input.ts";

export interface ScanPreview {
  readonly survey: Survey;
  readonly counts: CountingSink;
  /** The set's `expect.min_files`, when there are fewer. */
  readonly missedMinFiles: number | undefined;
}

/** What a scan would read. Writes nothing; without a store everything is new. */
export async function previewScan(
  scope: Scope | undefined,
  input: Omit<ScanInput, "agentId" | "tool" | "keepDocuments" | "threads">,
  run: Run,
): Promise<ScanPreview> {
  const set = { machineId: input.machineId, setName: input.set.name };
  const parent = scope && (await newestRecorded(scope, set));
  const seen = new Survey();
  const counts = new CountingSink();
  await survey(surveyInput(scope, input, parent), seen, counts, run);
  return { survey: seen, counts, missedMinFiles: missedMinFiles(input.set, seen.entryCount) };
}
