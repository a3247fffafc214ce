// Every name below a folder, other file systems too, for whoever must overlook nothing: there are no rules here, and no links
// that are followed. What cannot be looked at is told, never left out.
import { statfsSync } from "node:fs";
import type { Facts } from "./facts.ts";
import { Folder, systemPath } from "./folder.ts";
import { systemCode, troubleText } from "./trouble.ts";

export type Met =
  | { readonly path: string; readonly facts: Facts; readonly error: null }
  | { readonly path: string; readonly facts: null; readonly error: string };

/** The folder itself first, then all below it. `path` is absolute, exact, and no link. */
export function* tree(path: string): Generator<Met> {
  const waiting = [path];
  const kernelsOwn = new Map<number, boolean>();
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    let folder: Folder;
    try {
      folder = Folder.open(at);
    } catch (error) {
      yield { path: at, facts: null, error: troubleText(error) };
      continue;
    }
    try {
      const facts = folder.lookAtItself();
      if (!kernelsOwn.has(facts.device)) kernelsOwn.set(facts.device, isKernelsOwn(at));
      if (kernelsOwn.get(facts.device) === true) {
        yield { path: at, facts: null, error: "KERNEL: this file system holds no files" };
        continue;
      }
      yield { path: at, facts, error: null };
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

/** Linux's magic numbers of proc, sysfs, devpts, cgroup, securityfs, debugfs, tracefs, bpf: reading some of them never ends. */
const KERNELS_OWN = new Set([
  0x9fa0, 0x62656572, 0x1cd1, 0x27e0eb, 0x63677270, 0x73636673, 0x64626720, 0x74726163, 0xcafe4a11,
]);

const isKernelsOwn = (path: string): boolean =>
  process.platform === "linux" && KERNELS_OWN.has(statfsSync(systemPath(path)).type);

function look(folder: Folder, name: string, path: string): Met {
  try {
    return { path, facts: folder.look(name), error: null };
  } catch (error) {
    return { path, facts: null, error: troubleText(error) };
  }
}
