// Whether a file system takes `a` for `A`. Nothing is written to find out.
import { lstatSync, statSync } from "node:fs";
import { inFolder, systemPath } from "./folder.ts";
import { systemCode } from "./trouble.ts";

/**
 * Asked of a name in the folder, else of its own name. A folder that holds nothing and is another file system than the one above tells
 * nothing: then those are taken for blind that keep no inodes (FAT, exFAT, FUSE, network shares), and the others for what is usual.
 */
export function isCaseBlind(folder: string): boolean {
  return inFolder(folder, (open) => {
    const asked = answers(folder, open.names()) ?? ownNameAnswers(folder);
    return asked ?? (IS_USUAL || !open.hasInodes());
  });
}

// --- internal ---

const IS_USUAL = process.platform === "darwin" || process.platform === "win32";

/**
 * Whether one of the names is answered to in the other case, in which it is not listed; undefined where none can be asked. Inodes tell
 * nothing: through FUSE the two may have different ones.
 */
function answers(
  folder: string,
  listed: readonly string[],
  asked: readonly string[] = listed,
): boolean | undefined {
  const known = new Set(listed);
  const name = asked.find((one) => !known.has(inOtherCase(one)));
  if (name === undefined) return undefined;
  const path = systemPath(`${folder}/${inOtherCase(name)}`);
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function ownNameAnswers(folder: string): boolean | undefined {
  const slash = folder.lastIndexOf("/");
  const above = folder.slice(0, slash) || "/";
  try {
    if (statSync(systemPath(above)).dev !== statSync(systemPath(folder)).dev) return undefined;
    return inFolder(above, (open) => answers(above, open.names(), [folder.slice(slash + 1)]));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined; // who may not look there is not told
  }
}

/** With each letter of ASCII in the other case: every such file system knows both of these. */
const inOtherCase = (name: string): string =>
  name.replace(/[a-z]/gi, (letter) => (letter < "a" ? letter.toLowerCase() : letter.toUpperCase()));
