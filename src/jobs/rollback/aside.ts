// Content that is needed in one place and stands where another content will stand: it gets a second name in its root, its checksum,
// before anything is overwritten. What a killed run put aside is found again, and proved before it is relied on.
import type { Run } from "#core/run.ts";
import type { Folder } from "#disk/folder.ts";
import { fileHasher } from "#disk/hash-file.ts";
import { linkedNew, putInPlace, Refusal, removeStanding } from "#disk/restore-file.ts";
import { rescueName } from "#disk/restore-name.ts";
import { RootFolders } from "#disk/root-folders.ts";
import { systemCode } from "#disk/trouble.ts";
import type { FoundRoot } from "#scan/roots.ts";
import type { PlaceInRoot, StandingTree } from "#scan/standing.ts";

export class Aside {
  readonly #run: Run;
  /** By checksum, the root in which it is. */
  readonly #roots: Map<string, FoundRoot>;
  /** Those of them that were there before this run. */
  readonly #found: ReadonlySet<string>;
  /** Those that the snapshot has a place for. */
  readonly #expected = new Set<string>();
  readonly #tops = new Map<string, RootFolders>();

  constructor(tree: StandingTree, run: Run) {
    this.#run = run;
    this.#roots = tree.aside();
    this.#found = new Set(this.#roots.keys());
  }

  /** The snapshot has a file with this content. */
  expect(checksum: string): void {
    if (this.#roots.has(checksum)) this.#expected.add(checksum);
  }

  /** `copy` makes a finished file in the top folder, where the file system can give no second name. Throws a Refusal. */
  async put(
    checksum: string,
    { root, name }: PlaceInRoot,
    folder: Folder,
    copy: (top: Folder) => Promise<string>,
  ): Promise<void> {
    if (this.#found.has(checksum)) return this.#prove(checksum);
    if (this.#roots.has(checksum)) return;
    const tops = this.#topsOf(root);
    const top = tops.folder([]);
    const aside = rescueName(checksum);
    if (!linkedNew(folder, name, aside, top)) putInPlace(top, await copy(top), aside, null);
    tops.written();
    this.#roots.set(checksum, root);
    this.#expected.add(checksum);
  }

  sync(): void {
    for (const tops of this.#tops.values()) tops.sync();
  }

  /** Takes away what is in its place by now. The rest stays, and is told. */
  forget(missing: ReadonlySet<string>): void {
    for (const [checksum, root] of this.#roots) {
      const name = rescueName(checksum);
      if (this.#expected.has(checksum) && !missing.has(checksum) && this.#isRemoved(root, name))
        continue;
      const path = `${root.openPath}/${name}`;
      this.#run.monitor.note(`Kept ${path}: what a rollback put aside and has no place for yet`);
    }
  }

  close(): void {
    for (const tops of this.#tops.values()) tops.close();
  }

  // --- internal ---

  async #prove(checksum: string): Promise<void> {
    const root = this.#roots.get(checksum)!.openPath;
    const file = { root, path: rescueName(checksum), expected: undefined };
    const hashed = await fileHasher(() => this.#run.signal.aborted)(file);
    const isTrue = hashed.kind === "read" && hashed.digest.slice(0, 32).toHex() === checksum;
    if (!isTrue) throw new Refusal("MISMATCH: what was put aside holds other bytes");
  }

  #isRemoved(root: FoundRoot, name: string): boolean {
    try {
      const top = this.#topsOf(root).folder([]);
      removeStanding(top, name, top.look(name));
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) && systemCode(error) === undefined) throw error;
      return false;
    }
  }

  #topsOf({ openPath }: FoundRoot): RootFolders {
    let tops = this.#tops.get(openPath);
    if (tops === undefined) this.#tops.set(openPath, (tops = new RootFolders(openPath)));
    return tops;
  }
}
