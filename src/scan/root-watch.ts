// Whether a root is still the one that was found, and holds anything: a disk that goes away, or was never mounted, leaves an empty folder
// in its place. What is not met there is unknown, and not gone.
import { identityOf, inFolder } from "#disk/folder.ts";
import { systemCode, troubleText } from "#disk/trouble.ts";
import type { FoundRoot } from "./roots.ts";

export class RootWatch {
  readonly root: FoundRoot;
  readonly #identity: string;
  /** Asked once: a root that holds many names is not listed for each that is gone. */
  #whyBlind: string | undefined | null = null;

  constructor(root: FoundRoot) {
    this.root = root;
    this.#identity = identityText(root.openPath);
  }

  /** Why nothing is known of what was not met in it; undefined: it is there, and what was not met is not. */
  whyNotMet(): string | undefined {
    if (this.hasGone()) return `ROOT_OFFLINE: ${this.root.path} went away while it was read`;
    if (this.#whyBlind === null) {
      this.#whyBlind = this.root.isFolder ? whyBlind(this.root.openPath) : undefined;
    }
    return this.#whyBlind;
  }

  hasGone(): boolean {
    return identityText(this.root.openPath) !== this.#identity;
  }
}

export const ROOT_EMPTY = "ROOT_EMPTY: nothing is there; is the disk mounted?";

// --- internal ---

function whyBlind(path: string): string | undefined {
  try {
    return inFolder(path, (folder) => (folder.names().length === 0 ? ROOT_EMPTY : undefined));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return troubleText(error);
  }
}

function identityText(path: string): string {
  const found = identityOf(path);
  return found === undefined ? "gone" : `${found.device} ${found.inode}`;
}
