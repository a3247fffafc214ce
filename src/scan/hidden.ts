// Folders of which a snapshot knows nothing: gathered while its entries come by in the one order, and asked for what comes later.
// What lies below them can be called neither gone nor new (I6).
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";

export class Hidden {
  /** With their slash. */
  readonly #folders = new Set<string>();

  add(path: string): void {
    this.#folders.add(path.endsWith("/") ? path : `${path}/`);
  }

  /** What has an error: a folder that could not be listed, or a name that may stand for one. */
  addTrouble({ folder }: EntryKey, { path, type }: Entry): void {
    this.add(type === "dir" ? folder : path);
  }

  covers({ folder, name }: EntryKey): boolean {
    if (this.#folders.size === 0) return false;
    const path = `${folder}${name}/`;
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      if (this.#folders.has(path.slice(0, slash + 1))) return true;
    }
    return false;
  }
}
