// Files whose name came back with something behind it: `a.odt` went, `a.odt.locked` came.
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { extensionOf } from "#core/usage.ts";

export interface NewSuffix {
  readonly text: string;
  readonly files: number;
  /** How many different extensions stand before it; counted to 64. */
  readonly kinds: number;
}

/** Takes what went and what came in the one order. */
export class NewSuffixes {
  #folder = "";
  /** Names that went, each the beginning of the next: those the name at hand may begin with. */
  #went: { name: string; entry: Entry }[] = [];
  readonly #found = new Map<string, { files: number; kinds: Set<string> }>();

  went({ folder, name }: EntryKey, entry: Entry): void {
    this.#dropOthers(folder, name);
    if (name !== "" && entry.type === "file") this.#went.push({ name, entry });
  }

  /** What the file was before, if it is one that went. */
  came({ folder, name }: EntryKey): Entry | undefined {
    this.#dropOthers(folder, name);
    const origin = this.#went.pop();
    if (origin === undefined) return undefined;
    const text = name.slice(origin.name.length);
    let found = this.#found.get(text);
    if (found === undefined) {
      if (this.#found.size >= MOST_SUFFIXES) return origin.entry;
      this.#found.set(text, (found = { files: 0, kinds: new Set() }));
    }
    found.files++;
    if (found.kinds.size < MOST_NAMED) found.kinds.add(extensionOf(origin.name));
    return origin.entry;
  }

  most(): NewSuffix | null {
    let most: NewSuffix | null = null;
    for (const [text, { files, kinds }] of this.#found) {
      if (files > (most?.files ?? 0)) most = { text, files, kinds: kinds.size };
    }
    return most;
  }

  // --- internal ---

  /** In the one order, all between a name and the same with a suffix begins with that name. */
  #dropOthers(folder: string, name: string): void {
    if (folder !== this.#folder) this.#went = [];
    this.#folder = folder;
    while (this.#went.length > 0 && !name.startsWith(this.#went.at(-1)!.name)) this.#went.pop();
  }
}

// --- internal ---

/** So many different suffixes are told apart: many files share one, or it tells nothing. */
const MOST_SUFFIXES = 20_000;
const MOST_NAMED = 64;
