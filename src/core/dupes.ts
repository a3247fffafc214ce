// Duplicates: files with one content. What could be reclaimed counts a content's copies, not its names: hard links are one
// copy, and so is one path of a machine in several of its sets. Nothing is deleted here, and nothing is read: it is about what
// was recorded, also of drives that lie in a drawer.

/** A file as far as duplicates are concerned. */
export interface Copy {
  /** Where it is in the store. */
  readonly versionId: number;
  /** Inodes mean something on one machine only. */
  readonly machineId: string;
  readonly inode: number | string | null;
  readonly mtimeUs: number | null;
  /** Where several sets of the machine have the content: they may mean one file, each as it last saw it. */
  readonly path?: string | undefined;
}

export interface DuplicateGroup {
  readonly checksum: string;
  readonly sizeBytes: number;
  /** Names, hard links among them. */
  readonly files: number;
  /** Copies on disk. */
  readonly copies: number;
  /** Bytes that one copy alone would save. */
  readonly reclaimable: number;
  readonly versionIds: readonly number[];
}

/** The group of files that have one checksum and size; undefined where all are one copy. */
export function groupOf(
  checksum: string,
  sizeBytes: number,
  files: readonly Copy[],
): DuplicateGroup | undefined {
  const copies = linksAmong(files).filter((isLink) => !isLink).length;
  if (copies < 2) return undefined;
  return {
    checksum,
    sizeBytes,
    files: files.length,
    copies,
    reclaimable: (copies - 1) * sizeBytes,
    versionIds: files.map((file) => file.versionId),
  };
}

/** Most to reclaim first; then by checksum, so that the order is always the same. */
export function compareGroups(a: Ranked, b: Ranked): number {
  return (
    b.reclaimable - a.reclaimable ||
    (a.checksum < b.checksum ? -1 : a.checksum > b.checksum ? 1 : 0)
  );
}

/** Where a copy is. */
export interface Place extends Copy {
  readonly setName: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly checksum: string;
}

/** A group as it is told, in JSON and over HTTP. */
export interface GroupFacts {
  readonly checksum: string;
  readonly size: number;
  readonly copies: number;
  readonly files: number;
  readonly reclaimable: number;
  readonly paths: readonly (PathFacts & { readonly linked: boolean })[];
}

/** Files of one name, size and mtime, but with different contents. */
export interface SuspectFacts {
  readonly size: number;
  readonly mtime: number;
  readonly files: number;
  readonly paths: readonly (PathFacts & { readonly checksum: string })[];
}

interface PathFacts {
  readonly machine_id: string;
  readonly backupset_name: string;
  readonly path: string;
}

/** `places` are the group's, or the first of them. */
export function groupFacts(group: DuplicateGroup, places: readonly Place[]): GroupFacts {
  const { checksum, sizeBytes: size, copies, files, reclaimable } = group;
  const links = linksAmong(places);
  const paths = places.map((place, nr) => ({ ...pathFacts(place), linked: links[nr]! }));
  return { checksum, size, copies, files, reclaimable, paths };
}

/** `most`: of the places. */
export function suspectFacts(places: readonly Place[], most = Infinity): SuspectFacts {
  return {
    size: places[0]!.sizeBytes,
    mtime: places[0]!.mtimeUs! / 1e6,
    files: places.length,
    paths: places
      .slice(0, most)
      .map((place) => ({ ...pathFacts(place), checksum: place.checksum })),
  };
}

// --- internal ---

type Ranked = Pick<GroupFacts, "reclaimable" | "checksum">;

const pathFacts = ({ machineId, setName, path }: Place): PathFacts => ({
  machine_id: machineId,
  backupset_name: setName,
  path,
});

/** For each, whether one before it is the same file on disk, itself or by others between them. */
function linksAmong(files: readonly Copy[]): boolean[] {
  const sameAs = files.map((_, nr) => nr); // an earlier one, or itself
  const firstOf = (nr: number): number => {
    while (sameAs[nr] !== nr) nr = sameAs[nr] = sameAs[sameAs[nr]!]!;
    return nr;
  };
  const known = new Map<string, number>();
  for (const [nr, file] of files.entries()) {
    for (const key of keysOf(file)) {
      const other = known.get(key);
      if (other === undefined) known.set(key, nr);
      else join(firstOf(other), firstOf(nr));
    }
  }
  return sameAs.map((other, nr) => other !== nr);

  function join(a: number, b: number): void {
    sameAs[Math.max(a, b)] = Math.min(a, b);
  }
}

/** What only one file on disk has: inode and mtime, where inodes mean something, and its path. */
function keysOf({ machineId, inode, mtimeUs, path }: Copy): string[] {
  const keys = inode === null || inode === 0 ? [] : [`${inode}/${mtimeUs}/${machineId}`];
  if (path !== undefined) keys.push(`${machineId} ${path}`);
  return keys;
}
