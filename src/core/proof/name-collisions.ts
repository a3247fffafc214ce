// Names that a file system may take for one: they differ only in case, or in their form of Unicode. Seen while paths pass by in the
// one order; what is held is the names of the folders on the way down, never all paths.
import type { EntryKey } from "#core/order.ts";

export class NameCollisions {
  #levels: Level[] = [levelOf("", null)];

  /** The path met before that this one collides with, itself or by a folder above it; null for none. */
  meet({ folder, name }: EntryKey): string | null {
    const level = this.#enter(folder);
    return level.collidesWith ?? (name === "" ? null : collision(level, name));
  }

  // --- internal ---

  #enter(folder: string): Level {
    while (!folder.startsWith(this.#levels.at(-1)!.folder)) this.#levels.pop();
    let level = this.#levels.at(-1)!;
    while (level.folder.length < folder.length) {
      const end = folder.indexOf("/", level.folder.length);
      const name = folder.slice(level.folder.length, end);
      level = levelOf(folder.slice(0, end + 1), level.collidesWith ?? collision(level, name));
      this.#levels.push(level);
    }
    return level;
  }
}

/** One name for those that file systems of macOS and Windows take for one, near enough to warn. */
export const foldName = (name: string): string =>
  /[^ -~]/.test(name) ? name.normalize("NFD").toLowerCase().normalize("NFC") : name.toLowerCase();

/** How a path, or a folder above it, differs from another one that some file systems take for it. */
export function collisionKind(other: string, path: string): "case" | "unicode" {
  const steps = path.split("/").slice(0, other.split("/").length).join("/");
  return steps.normalize("NFC") === other.normalize("NFC") ? "unicode" : "case";
}

// --- internal ---

interface Level {
  readonly folder: string;
  /** Set when the folder as a whole collides with another name. */
  readonly collidesWith: string | null;
  /** By folded name, the name as it was met first. */
  readonly names: Map<string, string>;
}

const levelOf = (folder: string, collidesWith: string | null): Level => ({
  folder,
  collidesWith,
  names: new Map(),
});

function collision({ folder, names }: Level, name: string): string | null {
  const folded = foldName(name);
  const first = names.get(folded);
  if (first === undefined) names.set(folded, name);
  return first === undefined || first === name ? null : folder + first;
}
