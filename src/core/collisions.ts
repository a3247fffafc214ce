// Names that are two on one system and one on another: they differ only in case (Windows, macOS), or only in how Unicode composes them
// (macOS). A restore there would put one over the other.
import { collisionKind, foldName } from "./proof/name-collisions.ts";
import type { EntryKey } from "./order.ts";

export interface Collision {
  readonly kind: "case" | "unicode";
  /** Of one folder: files, or folders, or one of each; the first is the one met first. */
  readonly paths: readonly [string, string];
}

/** Is told keys in the one order; holds the names of the folder it is in and of those above. */
export class CollisionFinder {
  /** From the top down: each folder's path, and the names in it as they are folded. */
  readonly #stack: { folder: string; names: Map<string, string> }[] = [];

  /** What the key collides with, itself or a folder on its way that was not met before. */
  *meet({ folder, name }: EntryKey): Generator<Collision> {
    while (this.#stack.length > 0 && !folder.startsWith(this.#stack.at(-1)!.folder)) {
      this.#stack.pop();
    }
    if (this.#stack.length === 0) this.#stack.push({ folder: "", names: new Map() });
    for (let top = this.#stack.at(-1)!; top.folder !== folder; top = this.#stack.at(-1)!) {
      const end = folder.indexOf("/", top.folder.length);
      yield* this.#register(folder.slice(top.folder.length, end));
      this.#stack.push({ folder: folder.slice(0, end + 1), names: new Map() });
    }
    if (name !== "") yield* this.#register(name);
  }

  // --- internal ---

  *#register(name: string): Generator<Collision> {
    const { folder, names } = this.#stack.at(-1)!;
    const folded = foldName(name);
    const first = names.get(folded);
    if (first === undefined) names.set(folded, name);
    else if (first !== name) {
      yield { kind: collisionKind(first, name), paths: [folder + first, folder + name] };
    }
  }
}
