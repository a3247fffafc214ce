// Bringing one content to its place: from the first of its copies that really holds the wanted bytes.
import type { Entry } from "#core/entry.ts";
import { needsContent, type RollbackStep } from "#core/rollback.ts";
import type { Folder } from "#disk/folder.ts";
import { closeOpened } from "#disk/open-regular.ts";
import { copyVerified, Refusal } from "#disk/restore-file.ts";
import type { PlaceInRoot } from "#scan/standing.ts";
import type { RollbackPlan } from "./rollback.ts";
import type { Candidate } from "./sources.ts";

export class Copying {
  readonly #plan: RollbackPlan;
  readonly #onPiece: (bytes: number) => Promise<void>;

  /** `onPiece` is told of all bytes that are read, for whatever they were good, and may stop the work. */
  constructor(plan: RollbackPlan, onPiece: (bytes: number) => Promise<void>) {
    this.#plan = plan;
    this.#onPiece = onPiece;
  }

  /** From the first that holds the wanted bytes; throws what was wrong with the last. */
  async first(candidates: readonly Candidate[], folder: Folder, target: Entry): Promise<string> {
    const wanted = {
      checksum: target.checksum!,
      sizeBytes: target.sizeBytes!,
      mtimeUs: target.mtimeUs!,
    };
    const onPiece = this.#onPiece;
    if (candidates.length === 0) return copyVerified(undefined, folder, wanted, onPiece);
    const problems: string[] = [];
    for (const candidate of candidates) {
      const { source } = candidate;
      const opened = candidate.open();
      if (opened === undefined) {
        problems.push(`${source.path}: no regular file any more`);
        continue;
      }
      try {
        return await copyVerified(opened, folder, wanted, onPiece);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        problems.push(`${source.path}: ${error.message}`);
      } finally {
        closeOpened(opened);
      }
    }
    throw new Refusal(`NO_GOOD_COPY: ${problems.join("; ")}`);
  }

  async candidates(step: RollbackStep, place: PlaceInRoot): Promise<Candidate[]> {
    // What is empty needs no source, but a copy has its mode.
    const [recorded] = needsContent(step) ? await this.#plan.recordedPlaces([step]) : [[]];
    if (step.action === "touch") return this.itself(step.target!, place);
    return [...this.#plan.finder.candidates(step, place, recorded!)];
  }

  /** What stands at the path, as a source. */
  itself(entry: Entry, place: PlaceInRoot): Candidate[] {
    const sought = { target: { ...entry, path: "" } };
    const here = [{ place: "here" as const, path: entry.path }];
    return [...this.#plan.finder.candidates(sought, place, here)];
  }
}
