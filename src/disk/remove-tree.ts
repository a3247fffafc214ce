// Removes a folder that a command of somebody else's filled, with all that is in it and nothing else. No link is followed, no mount
// entered: what a command mounted there (a backup, the source, `/`) is somebody's data, and where anything is mounted nothing goes.
import { chmodSync, realpathSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { BsvError } from "#core/errors.ts";
import { pathText } from "#core/path-bytes.ts";
import { Folder, systemPath } from "./folder.ts";
import { mounts } from "./mount-table.ts";
import { systemCode } from "./trouble.ts";

/** `path` is absolute, exact and no link. Throws `usage`, and removes nothing, where something is mounted in it. */
export function removeTree(path: string): void {
  const [mount] = mountsIn(path);
  if (mount !== undefined) throw isMounted(mount);
  const top = Folder.open(path);
  try {
    empty(top);
  } finally {
    top.close();
  }
  rmdirSync(systemPath(path));
}

/** Where something is mounted: in the folder, or on it. */
export function mountsIn(path: string): string[] {
  const real = pathText(realpathSync(systemPath(path), { encoding: "buffer" }));
  return mounts()
    .map(({ point }) => point)
    .filter((point) => point === real || point.startsWith(`${real}/`));
}

// --- internal ---

/**
 * Every folder is first brought to the top, under a new name: so depth costs nothing, and what is mounted since cannot be moved (EBUSY),
 * and so is not entered.
 */
function empty(top: Folder): void {
  const { device } = top.lookAtItself();
  const mark = crypto.randomUUID();
  const waiting: string[] = [];
  const takeAll = (folder: Folder): void => {
    for (const name of folder.names()) {
      const facts = folder.look(name);
      if (facts.kind !== "folder") {
        unlinkSync(folder.at(name));
        continue;
      }
      if (facts.device !== device) throw isMounted(name);
      const taken = `${mark}-${waiting.length}`;
      bring(folder, name, top, taken);
      waiting.push(taken);
    }
  };
  takeAll(top);
  for (let at = 0; at < waiting.length; at++) {
    const name = waiting[at]!;
    chmodSync(top.at(name), OURS); // it may have been restored read-only
    const folder = top.enter(name);
    try {
      takeAll(folder);
    } finally {
      folder.close();
    }
    rmdirSync(top.at(name));
  }
}

const OURS = 0o700;

function bring(folder: Folder, name: string, top: Folder, taken: string): void {
  const move = () => renameSync(folder.at(name), top.at(taken));
  try {
    move();
  } catch (error) {
    if (systemCode(error) === "EBUSY") throw isMounted(name);
    if (systemCode(error) !== "EACCES") throw error;
    chmodSync(folder.at(name), OURS); // to move a folder it must be writable itself
    move();
  }
}

const isMounted = (place: string): BsvError =>
  new BsvError(
    "usage",
    `Something is mounted at ${JSON.stringify(place)}: nothing there is removed`,
    {
      hint: "Unmount it, then remove the scratch folder yourself; a restore command must not mount",
      details: { path: place },
    },
  );
