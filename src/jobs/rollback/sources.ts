// Where the content of a step can be had: in a copy folder, elsewhere on this disk, on another machine, or nowhere. What is found here
// is only a candidate, by its name and size: its bytes are proved when they are read.
import { BsvError } from "#core/errors.ts";
import type { ContentSource, RollbackStep } from "#core/rollback.ts";
import type { ContentPlace } from "#db/search/content-places.ts";
import { identityOf, inFolder, type Folder } from "#disk/folder.ts";
import { openIn, type Opened } from "#disk/open-regular.ts";
import { rescueName } from "#disk/restore-name.ts";
import { RootFolders } from "#disk/root-folders.ts";
import { systemCode } from "#disk/trouble.ts";
import type { PlaceInRoot } from "#scan/standing.ts";

/** A file that may hold the content. */
export interface Candidate {
  readonly source: Extract<ContentSource, { place: "copy" | "here" }>;
  /** Undefined if no regular file stands there any more. Its caller closes it. */
  open(): Opened | undefined;
}

export class ContentFinder {
  readonly #copies: readonly Copy[];
  readonly #tops: readonly string[];

  /** `copies`: absolute paths of folders; `tops`: where contents are put aside. Throws `not_found` for a copy that is none. */
  constructor(copies: readonly string[], tops: readonly string[]) {
    this.#tops = tops;
    for (const path of copies) {
      if (identityOf(path.endsWith("/") ? path : `${path}/`) !== undefined) continue;
      throw new BsvError("not_found", `There is no copy folder ${JSON.stringify(path)}`, {
        hint: "Is its disk mounted, and may you look into it?",
        details: { path },
      });
    }
    this.#copies = copies.flatMap((path) => MAPPINGS.map((map) => new Copy(path, map)));
  }

  /** What a plan says of a step: the first candidate, or where else the content was recorded. */
  sourceOf(
    step: Pick<RollbackStep, "target">,
    place: PlaceInRoot,
    recorded: readonly ContentPlace[],
  ): ContentSource {
    for (const { source } of this.candidates(step, place, recorded)) return source;
    return recorded.find((one) => one.place === "elsewhere") ?? { place: "nowhere" };
  }

  /** Files that are there with the right size: copies first, for they have the mode as well. */
  *candidates(
    { target }: Pick<RollbackStep, "target">,
    place: PlaceInRoot,
    recorded: readonly ContentPlace[],
  ): Generator<Candidate> {
    const sizeBytes = target!.sizeBytes!;
    for (const copy of this.#copies) {
      const found = copy.find(place, sizeBytes);
      if (found !== undefined) yield found;
    }
    const rescued = this.#tops.map((top) => joined(top, rescueName(target!.checksum!)));
    const here = recorded.flatMap((one) => (one.place === "here" ? [one.path] : []));
    for (const path of [...rescued, ...here]) {
      if (path === target!.path) continue; // what stands there is another content by now
      const found = onThisDisk(path, sizeBytes);
      if (found !== undefined) yield found;
    }
  }

  /** The mode of a folder of a root, as a copy has it. */
  folderMode(place: PlaceInRoot, steps: readonly string[]): number | undefined {
    for (const copy of this.#copies) {
      const mode = copy.folderMode(place, steps);
      if (mode !== undefined) return mode;
    }
    return undefined;
  }

  close(): void {
    for (const copy of this.#copies) copy.close();
  }
}

// --- internal ---

/** How a copy folder mirrors the roots; see docs/decisions/0704-rollback.md. */
type Mapping = (place: PlaceInRoot) => readonly string[];

const namesOf = (path: string): string[] => path.split("/").filter((name) => name !== "");

/** The folders above what stands in the root's own folder. */
const MAPPINGS: readonly Mapping[] = [
  // The copy holds what the root holds.
  () => [],
  // The copy holds the roots by their names.
  ({ root }) => (root.isFolder ? namesOf(root.path).slice(-1) : []),
  // The copy holds whole paths.
  ({ root }) => (root.isFolder ? namesOf(root.path) : namesOf(root.path).slice(0, -1)),
];

class Copy {
  readonly #path: string;
  readonly #mapping: Mapping;
  readonly #folders: RootFolders;

  constructor(path: string, mapping: Mapping) {
    this.#path = path;
    this.#mapping = mapping;
    this.#folders = new RootFolders(path);
  }

  find(place: PlaceInRoot, sizeBytes: number): Candidate | undefined {
    const steps = [...this.#mapping(place), ...place.steps];
    const path = [this.#path, ...steps, place.name].join("/");
    const folder = () => this.#folders.folder(steps);
    if (!isFileOf(folder, place.name, sizeBytes)) return undefined;
    return {
      source: { place: "copy", path },
      open: () => lookedAt(() => openIn(folder(), place.name)),
    };
  }

  folderMode(place: PlaceInRoot, steps: readonly string[]): number | undefined {
    const inCopy = [...this.#mapping(place), ...steps];
    return lookedAt(() => this.#folders.folder(inCopy).permissions());
  }

  close(): void {
    this.#folders.close();
  }
}

function onThisDisk(path: string, sizeBytes: number): Candidate | undefined {
  const slash = path.lastIndexOf("/") + 1;
  const name = path.slice(slash);
  const ask = <T>(question: (folder: Folder) => T): T | undefined =>
    lookedAt(() => inFolder(path.slice(0, slash), question));
  if (ask((folder) => isFileOf(() => folder, name, sizeBytes)) !== true) return undefined;
  const open = () => ask((folder) => openIn(folder, name));
  return { source: { place: "here", path }, open };
}

function isFileOf(folder: () => Folder, name: string, bytes: number): boolean {
  const facts = lookedAt(() => folder().look(name));
  return facts?.kind === "file" && facts.sizeBytes === bytes;
}

/** What cannot be looked at is no candidate; whether there was none at all is told of the step. */
function lookedAt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

const joined = (folder: string, name: string): string =>
  folder.endsWith("/") ? folder + name : `${folder}/${name}`;
