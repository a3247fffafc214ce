// The deeds of a rollback, one step after the other. What is against a step is told, and the run goes on; a full disk ends it.
import { BsvError } from "#core/errors.ts";
import { mayNeedContent, needsContent, type RollbackStep } from "#core/rollback.ts";
import type { Run } from "#core/run.ts";
import type { Entry } from "#core/entry.ts";
import type { Folder } from "#disk/folder.ts";
import {
  hasTime,
  makeSymlink,
  putInPlace,
  Refusal,
  removeStanding,
  setTimeOf,
  type Standing,
} from "#disk/restore-file.ts";
import { FewAtOnce } from "#jobs/few-at-once.ts";
import { Aside } from "./aside.ts";
import { removedIfEmpty, removeEmptied, RootFolders } from "#disk/root-folders.ts";
import { systemCode, troubleText } from "#disk/trouble.ts";
import type { PlaceInRoot } from "#scan/standing.ts";
import type { RollbackPlan } from "./rollback.ts";
import { Copying } from "./copying.ts";
import { Outcomes, type ApplyCounts } from "./outcomes.ts";

export class Restoring {
  readonly #plan: RollbackPlan;
  readonly #isDeleting: boolean;
  readonly #run: Run;
  readonly #folders = new Map<string, RootFolders>();
  readonly #outcomes: Outcomes;
  readonly #copying: Copying;
  readonly #aside: Aside;
  /** Paths that must stay as they are, for what stands there could not be put aside. */
  readonly #held = new Set<string>();
  #files = 0;
  /** Read, for whatever it was good. */
  #bytes = 0;

  constructor(plan: RollbackPlan, isDeleting: boolean, run: Run) {
    this.#plan = plan;
    this.#isDeleting = isDeleting;
    this.#run = run;
    this.#outcomes = new Outcomes(run.monitor);
    this.#copying = new Copying(plan, (bytes) => this.#turn(bytes));
    this.#aside = new Aside(plan.tree, run);
  }

  /** To be told of every step before they are carried out, those that keep as well. */
  expect({ target }: RollbackStep): void {
    if (target !== null && target.checksum !== null) this.#aside.expect(target.checksum);
  }

  /** `steps` gives them again each time it is asked, without those that keep. */
  async carryOut(steps: () => Iterable<RollbackStep>): Promise<ApplyCounts> {
    try {
      for (const checksum of this.#plan.wantedOutside) this.#outcomes.missing.add(checksum);
      this.#sweep();
      await this.#putAside(steps);
      await this.#restoreAll(steps());
      this.#sync();
      for (const step of steps()) {
        if (step.action === "delete") await this.#try(step, () => this.#delete(step));
        this.#outcomes.tell();
      }
      if (this.#isDeleting) {
        for (const step of steps()) {
          if (isBlocked(step)) await this.#try(step, () => this.#restore(step));
          this.#outcomes.tell();
        }
      }
      this.#sync();
      this.#aside.forget(this.#outcomes.missing);
      return this.#outcomes.counts;
    } finally {
      for (const folders of this.#folders.values()) folders.close();
      this.#aside.close();
      this.#plan.finder.close();
    }
  }

  // --- internal ---

  /** Side by side only within one folder, which stays open meanwhile. */
  async #restoreAll(steps: Iterable<RollbackStep>): Promise<void> {
    const few = new FewAtOnce(AT_ONCE);
    let folder: string | undefined;
    try {
      for (const step of steps) {
        if (isBlocked(step) && this.#isDeleting) continue; // its turn comes when the way is free
        if (step.action === "delete") continue;
        const next = step.path.slice(0, step.path.lastIndexOf("/"));
        if (next !== folder) await few.ended();
        if (next !== folder) this.#outcomes.tell();
        folder = next;
        await few.add(() => this.#try(step, () => this.#restore(step)));
      }
    } finally {
      await few.ended();
      this.#outcomes.tell();
    }
  }

  async #try(step: RollbackStep, act: () => Promise<void> | void): Promise<void> {
    await this.#turn(0);
    try {
      if (step.action === "unknown") {
        this.#outcomes.unknown(step);
        return;
      }
      if (step.action === "delete" && !this.#isDeleting) {
        this.#outcomes.counts.leftCount++;
        return;
      }
      if (step.conflict !== null && !(isBlocked(step) && this.#isDeleting)) {
        throw new Refusal(step.why!);
      }
      if (this.#held.has(step.path)) throw new Refusal(NEEDED);
      await act();
    } catch (error) {
      const code = systemCode(error);
      const isFull = error instanceof BsvError && error.code === "disk_full";
      if (isFull || code === "ENOSPC" || code === "EDQUOT") throw fullDisk(step.path, error);
      if (!(error instanceof Refusal) && code === undefined) throw error;
      this.#outcomes.refused(step, error instanceof Refusal ? error.message : troubleText(error));
    }
    this.#files++;
  }

  async #turn(bytes: number): Promise<void> {
    this.#bytes += bytes;
    this.#run.monitor.progress({ phase: "restore", files: this.#files, bytes: this.#bytes });
    await new Promise((resolve) => setImmediate(resolve));
    this.#run.signal.throwIfAborted();
  }

  #sync(): void {
    for (const folders of this.#folders.values()) folders.sync();
  }

  /** Takes away what a killed run did not finish. What can't be taken away is in nobody's way. */
  #sweep(): void {
    for (const path of this.#plan.tree.unfinished) {
      const place = this.#plan.tree.placeOf(path);
      if (place === undefined) continue;
      try {
        const folder = this.#foldersOf(place).folder(place.steps);
        removeStanding(folder, place.name, folder.look(place.name));
      } catch (error) {
        this.#outcomes.trouble(path, troubleText(error));
      }
    }
  }

  /** Puts aside what stands where something else will stand, and is needed in another place. */
  async #putAside(steps: () => Iterable<RollbackStep>): Promise<void> {
    const needed = new Set(this.#plan.wantedOutside);
    for (const step of steps()) if (mayNeedContent(step)) needed.add(step.target!.checksum!);
    for (const step of steps()) {
      const { action, conflict, present, path } = step;
      const isGoing = action === "overwrite" || (action === "delete" && this.#isDeleting);
      if (!isGoing || conflict !== null || !needed.has(present!.checksum ?? "")) continue;
      await this.#turn(0);
      const place = this.#plan.tree.placeOf(path)!;
      try {
        const folder = this.#foldersOf(place).folder(place.steps);
        await this.#aside.put(present!.checksum!, place, folder, (top) =>
          this.#copying.first(this.#copying.itself(present!, place), top, present!),
        );
      } catch (error) {
        if (!(error instanceof Refusal) && systemCode(error) === undefined) throw error;
        this.#held.add(path); // told when its turn comes
      }
    }
    this.#aside.sync();
  }

  async #restore(step: RollbackStep): Promise<void> {
    const target = step.target!;
    const place = this.#plan.tree.placeOf(step.path)!;
    const folders = this.#foldersOf(place);
    const expected = standingOf(step.present);
    if (step.action === "touch") {
      const folder = folders.folder(place.steps);
      const isSet = setTimeOf(folder, place.name, expected, target.mtimeUs!);
      if (isSet || target.type !== "file") {
        this.#outcomes.counts.touchedCount++;
        return this.#checkTime(folder, step.path, place.name, target);
      }
      // One of several names of a file gets its own: the others keep their time.
    }
    const candidates = target.type === "file" ? await this.#copying.candidates(step, place) : [];
    if (needsContent(step) && candidates.length === 0) return this.#outcomes.unavailable(step);
    const modeOf = (steps: readonly string[]) => this.#plan.finder.folderMode(place, steps);
    const folder = folders.folder(place.steps, modeOf);
    if (isBlocked(step)) removedIfEmpty(folder, place.name);
    folders.written();
    const finished =
      target.type === "symlink"
        ? makeSymlink(folder, target.target!, target.mtimeUs!)
        : await this.#copying.first(candidates, folder, target);
    putInPlace(folder, finished, place.name, expected);
    if (expected === null) this.#outcomes.counts.createdCount++;
    else this.#outcomes.counts.overwrittenCount++;
    if (target.type === "file") this.#outcomes.counts.restoredBytes += target.sizeBytes!;
    this.#checkTime(folder, step.path, place.name, target);
  }

  #checkTime(folder: Folder, path: string, name: string, { mtimeUs }: Entry): void {
    if (hasTime(folder, name, mtimeUs!)) return;
    this.#outcomes.counts.untimedCount++;
    const error = "MTIME: restored, but this file system did not keep the time";
    this.#outcomes.trouble(path, error);
  }

  #delete(step: RollbackStep): void {
    const { checksum } = step.present!;
    if (checksum !== null && this.#outcomes.missing.has(checksum)) {
      throw new Refusal(NEEDED);
    }
    const place = this.#plan.tree.placeOf(step.path)!;
    const folders = this.#foldersOf(place);
    removeStanding(folders.folder(place.steps), place.name, standingOf(step.present));
    folders.written();
    this.#outcomes.counts.deletedCount++;
    removeEmptied(folders, place.steps);
  }

  #foldersOf({ root }: PlaceInRoot): RootFolders {
    let folders = this.#folders.get(root.openPath);
    if (folders === undefined) {
      this.#folders.set(root.openPath, (folders = new RootFolders(root.openPath)));
    }
    return folders;
  }
}

// --- internal ---

/** Files written side by side: more gain little on any disk, and each holds two open. */
const AT_ONCE = 8;

const NEEDED = "NEEDED: its content is wanted elsewhere, and is not there yet";

/** Something stands in its way that deletions may take away. */
const isBlocked = (step: RollbackStep): boolean => step.conflict === "in_the_way";

function standingOf(entry: Entry | null): Standing {
  if (entry === null) return null;
  return {
    kind: entry.type === "symlink" ? "symlink" : "file",
    inode: entry.inode!,
    sizeBytes: entry.sizeBytes!,
    mtimeUs: entry.mtimeUs!,
  };
}

function fullDisk(path: string, cause: unknown): BsvError {
  return new BsvError("disk_full", `No space left to restore ${path}`, {
    hint: "Make room and say the same again: what is restored already is kept",
    details: { path },
    cause,
  });
}
