// How much room a rollback takes: what grows, and once the largest file that is replaced, for its new content is written beside it.
// Roots of one file system share what is free there.
import type { RollbackStep } from "#core/rollback.ts";
import { identityOf } from "#disk/folder.ts";
import { freeBytes } from "#disk/free-space.ts";
import type { FoundRoot } from "#scan/roots.ts";

export interface SpaceOfRoot {
  readonly path: string;
  /** For all steps that nothing is against. */
  readonly neededBytes: number;
  /** For those of them whose content is at hand. */
  readonly neededNowBytes: number;
  readonly freeBytes: number;
  /** Of the file system, all roots on it together. */
  readonly isEnough: boolean;
  readonly isEnoughNow: boolean;
}

export class SpaceNeeded {
  readonly #roots: readonly { root: FoundRoot; all: Need; now: Need }[];

  constructor(roots: readonly FoundRoot[]) {
    this.#roots = roots.map((root) => ({ root, all: new Need(), now: new Need() }));
  }

  add(step: RollbackStep): void {
    const { action, conflict, source, path } = step;
    if (conflict !== null || (action !== "create" && action !== "overwrite")) return;
    const need = this.#roots.find(
      ({ root }) => path === root.path || path.startsWith(`${root.path.replace(/\/$/, "")}/`),
    );
    need?.all.add(step);
    if (source?.place === "copy" || source?.place === "here") need?.now.add(step);
  }

  byRoot(): SpaceOfRoot[] {
    const devices = this.#roots.map(({ root }) => identityOf(root.openPath)?.device);
    return this.#roots.map(({ root, all, now }, at) => {
      const free = freeBytes(root.openPath);
      const sharing = this.#roots.filter((_, other) => devices[other] === devices[at]);
      const fits = (need: "all" | "now"): boolean =>
        sharing.reduce((sum, one) => sum + one[need].bytes, 0) <= free;
      return {
        path: root.path,
        neededBytes: all.bytes,
        neededNowBytes: now.bytes,
        freeBytes: free,
        isEnough: fits("all"),
        isEnoughNow: fits("now"),
      };
    });
  }
}

// --- internal ---

class Need {
  #growthBytes = 0;
  #largestBytes = 0;

  get bytes(): number {
    return Math.max(0, this.#growthBytes) + this.#largestBytes;
  }

  add({ target, present }: RollbackStep): void {
    const bytes = target?.type === "file" ? (target.sizeBytes ?? 0) : 0;
    const replaced = present?.type === "file" ? (present.sizeBytes ?? 0) : 0;
    this.#growthBytes += Math.max(0, bytes - replaced);
    if (present !== null) this.#largestBytes = Math.max(this.#largestBytes, bytes);
  }
}
