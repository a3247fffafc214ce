// A copy as it stands now, beside what is to be deleted: where it lies below the path, above it, or is the same folder under another
// name, and where it was changed since it was read, it does not count.
import { whyNotElsewhere } from "#copies/storage-place.ts";
import type { CopyStanding } from "#core/proof/copy-standing.ts";
import type { Run } from "#core/run.ts";
import type { Facts } from "#disk/facts.ts";
import { factsAt, linkTargetAt } from "#disk/place.ts";
import { identityText, tree, type Met } from "#disk/tree.ts";
import { folderDevice, mayOverlap, whyBlurred, type Ground } from "./ground.ts";
import { Room, Sizes } from "./sizes.ts";

/** A copy as it stands now. */
export interface Looked {
  /** Why it does not count. */
  readonly why: string | undefined;
  /** Whether it shares a disk with the path: then what has hard links may be the very same file. */
  readonly isOnSameDisk: boolean;
  /** By identity: files that are both in the copy and below the path. */
  readonly shared: ReadonlySet<string>;
  /** By identity: the folders (or the one file) it begins at, and all folders in it. */
  readonly tops: readonly string[];
  /** Where it begins, as it is listed. */
  readonly paths: readonly string[];
  readonly folders: ReadonlySet<string>;
  /** Of a folder: whether there is still a file for each content that it vouches for. */
  readonly room: Room | undefined;
}

/** Looks at where the copy lies now: below the path, above it, or the same folder under another name, it does not count. */
export async function look(standing: CopyStanding, ground: Ground, run: Run): Promise<Looked> {
  const sizes = new Sizes();
  const looked = {
    why: standing.doubt,
    isOnSameDisk: false,
    shared: new Set<string>(),
    tops: [] as string[],
    paths: [] as string[],
    folders: new Set<string>(),
    room: standing.namesThen === 0 ? undefined : new Room(sizes, ground.sizes),
  };
  let names = 0;
  let count = 0;
  for (const location of standing.locations) {
    if (looked.why !== undefined) return looked;
    if (location.kind === "remote") {
      looked.why = await whyNotElsewhere(standing.target, run.signal);
      continue;
    }
    if (location.kind === "nowhere") continue;
    const facts = factsAt(location.path, "follow");
    if (facts === undefined) return { ...looked, why: "it is not there now" };
    const isCopy = standing.copy !== null; // of a source, files are looked at one by one
    if (isCopy && isLedElsewhere(location.path, standing.wholeAtMs)) {
      return { ...looked, why: RELINKED };
    }
    looked.tops.push(identityText(facts));
    const listed = ground.paths.of(location.path);
    looked.paths.push(listed ?? location.path);
    // Of a source, all but the file itself may hold what the file holds.
    if ((isCopy || ground.isFolder) && mayOverlap(listed, ground)) {
      return { ...looked, why: SELF };
    }
    // The dot: a link to the folder is followed, no link in it is.
    const start = location.path.endsWith("/") ? location.path : `${location.path}/.`;
    const single: Met = { path: location.path, facts, error: null };
    // An archive that would go with the path.
    const isArchive = isCopy && facts.kind !== "folder";
    if (isArchive && ground.files.has(identityText(facts))) return { ...looked, why: SELF };
    if (isArchive && isLater(facts, standing.wholeAtMs)) return { ...looked, why: CHANGED };
    const isRepository = location.kind === "repository";
    const blurred = facts.kind === "folder" ? undefined : folderDevice(location.path);
    looked.why = blurred === undefined ? undefined : whyBlurred(blurred, ground);
    for (const met of facts.kind === "folder" ? tree(start) : [single]) {
      run.signal.throwIfAborted();
      if (met.facts === null) {
        return { ...looked, why: `not all of it can be looked at now: ${met.error}` };
      }
      looked.isOnSameDisk ||= ground.devices.has(met.facts.device);
      const identity = identityText(met.facts);
      const isFolder = met.facts.kind === "folder";
      if (isFolder) {
        looked.folders.add(identity);
        looked.why = whyBlurred(met.facts.device, ground);
        if (looked.why !== undefined) return looked;
        if (ground.folders.has(identity)) return { ...looked, why: SELF };
      } else if (ground.files.has(identity)) looked.shared.add(identity);
      if (met.facts.kind === "file") sizes.add(met.facts.sizeBytes);
      // A tool locks its repository to read it: that changes the top, or a folder for locks, and nothing that is kept.
      const isForLocks = met.path === start || met.path.endsWith("/locks");
      if (isRepository && !isForLocks && isLater(met.facts, standing.wholeEndMs)) {
        return { ...looked, why: CHANGED };
      }
      if (++count % BREATH === 0) await Bun.sleep(0);
      const isName = met.facts.kind === "file" || met.facts.kind === "symlink";
      if (isName && !isLater(met.facts, standing.wholeAtMs)) names++;
    }
  }
  return names < standing.namesThen ? { ...looked, why: FEWER } : looked;
}

// --- internal ---

const SELF = "it is the path itself, or shares folders with it";
const FEWER = "it holds fewer names now than when it was verified, or some were changed since";
const CHANGED = "it was changed since it was verified";
const RELINKED = "it, or a link or folder on the way to it, was put there since it was verified";
const BREATH = 10_000;

/** Whether it may have been written, or put there, after that time: by ctime, which no tool sets back. */
const isLater = ({ ctimeUs }: Pick<Facts, "ctimeUs">, ms: number | null): boolean =>
  ms !== null && ctimeUs >= (ms + 1) * 1000;

/**
 * Whether a step of the path, or of what its links lead to, was put there after that time: what stood there then may have been another
 * copy. A link is made anew, a folder renamed: that sets its ctime alone, as what comes into it or goes does not.
 */
function isLedElsewhere(path: string, ms: number | null, links = 0): boolean {
  for (let end = path.indexOf("/", 1); ; end = path.indexOf("/", end + 1)) {
    const step = end < 0 ? path : path.slice(0, end);
    const facts = factsAt(step);
    if (facts?.kind === "symlink") {
      if (isLater(facts, ms) || links === MOST_LINKS) return true;
      const to = linkTargetAt(step);
      const target = to.startsWith("/") ? to : `${step.slice(0, step.lastIndexOf("/"))}/${to}`;
      if (isLedElsewhere(target, ms, links + 1)) return true;
    } else if (facts?.kind === "folder" && isLater(facts, ms)) {
      if (!isLater({ ctimeUs: facts.mtimeUs }, ms)) return true;
    }
    if (end < 0) return false;
  }
}

/** As the kernel follows them, one in the other. */
const MOST_LINKS = 40;
