// Every name below a folder, other file systems too, for whoever must overlook nothing: there are no rules here, and no links
// that are followed. What cannot be looked at is told, never left out.
import type { Facts } from "./facts.ts";
import { Folder } from "./folder.ts";
import { systemCode, troubleText } from "./trouble.ts";

export type Met =
  | { readonly path: string; readonly facts: Facts; readonly error: null }
  | { readonly path: string; readonly facts: null; readonly error: string };

/** The folder itself first, then all below it. `path` is absolute, exact, and no link. */
export function* tree(path: string): Generator<Met> {
  const waiting = [path];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    let folder: Folder;
    try {
      folder = Folder.open(at);
    } catch (error) {
      yield { path: at, facts: null, error: troubleText(error) };
      continue;
    }
    try {
      yield { path: at, facts: folder.lookAtItself(), error: null };
      for (const name of folder.names().sort()) {
        const child = at.endsWith("/") ? at + name : `${at}/${name}`;
        const met = look(folder, name, child);
        if (met.facts?.kind === "folder") waiting.push(child);
        else yield met;
      }
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      yield { path: at, facts: null, error: troubleText(error) };
    } finally {
      folder.close();
    }
  }
}

/** A name for a file or folder that no other has while it exists. */
export const identityText = ({ device, inode }: Pick<Facts, "device" | "inode">): string =>
  `${device}/${inode}`;

// --- internal ---

function look(folder: Folder, name: string, path: string): Met {
  try {
    return { path, facts: folder.look(name), error: null };
  } catch (error) {
    return { path, facts: null, error: troubleText(error) };
  }
}
