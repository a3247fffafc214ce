// Suspects: files of one name, size and mtime whose contents differ. Copies do not change without their mtime changing: one of
// them may be rotten. One walk over each list; what is alike is found by numbers, and only that is looked at by name.
import type { Place } from "#core/dupes.ts";
import { pathText } from "#core/path-bytes.ts";
import type { EntryKey } from "#core/order.ts";
import { view } from "#db/atomic.ts";
import { momentsOf, Places } from "./dupes.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { covers, type EntryRow } from "#db/version.ts";
import { walkOf, walkPage } from "#db/walk.ts";

/** Groups of suspects in these snapshots: each of one name, size and mtime, with more than one content. */
export async function findSuspects(
  scope: Scope,
  snapshots: readonly SnapshotRow[],
  { isAcross, minBytes }: { isAcross: boolean; minBytes: number },
): Promise<Place[][]> {
  if (!isAcross) {
    const groups: Place[][] = [];
    for (const row of snapshots) {
      groups.push(...(await findSuspects(scope, [row], { isAcross: true, minBytes })));
    }
    return groups;
  }
  const ids: number[] = [];
  const likeness: number[] = [];
  const contents: number[] = [];
  for (const [setId, { atMs }] of momentsOf(scope, snapshots)) {
    let after: EntryKey | undefined;
    for (;;) {
      const page = await view(scope, (database) =>
        walkPage(
          database,
          FILES,
          { setId, after, limit: STEP },
          [atMs, minBytes],
          (row, folder) => ({
            key: { folder, name: row.name },
            id: row.version_id,
            like: likenessOf(row),
            content: Number(BigInt.asUintN(52, Bun.hash.wyhash(row.checksum!))),
          }),
        ),
      );
      for (const { id, like, content } of page.rows) {
        ids.push(id);
        likeness.push(like);
        contents.push(content);
      }
      if (page.isEnd) break;
      const { folder, name } = page.rows.at(-1)!.key;
      after = { folder, name: pathText(name) };
    }
  }
  return groupsOf(await new Places(scope).of(alike(ids, likeness, contents)));
}

/** For the test that pins the plans. */
export const SUSPECTS_SQL = () => ({ ...FILES });

// --- internal ---

/** Rows looked at in one go: some milliseconds. */
const STEP = 4000;

const FILES = walkOf<EntryRow & { version_id: number }>(
  `${covers("?6")} AND v.type = 0 AND v.checksum IS NOT NULL AND v.mtime_us IS NOT NULL
   AND v.size >= max(1, ?7)`,
  ["version_id"],
);

/** Equal for equal name, size and mtime; hardly ever for others. */
function likenessOf(row: EntryRow): number {
  const name = Bun.hash.wyhash(row.name, BigInt(row.size!));
  return Number(BigInt.asUintN(52, name ^ BigInt.asUintN(52, BigInt(row.mtime_us!) * 0x9e3779b9n)));
}

/** The ids whose likeness is not theirs alone, while their contents are not all one. */
function alike(
  ids: readonly number[],
  likeness: readonly number[],
  contents: readonly number[],
): number[] {
  const sorted = Float64Array.from(likeness).sort();
  const shared = new Set(sorted.filter((like, nr) => like === sorted[nr - 1]));
  const first = new Map<number, number>();
  const differing = new Set<number>();
  likeness.forEach((like, nr) => {
    if (!shared.has(like)) return;
    const content = first.get(like);
    if (content === undefined) first.set(like, contents[nr]!);
    else if (content !== contents[nr]) differing.add(like);
  });
  return ids.filter((_, nr) => differing.has(likeness[nr]!));
}

function groupsOf(places: readonly Place[]): Place[][] {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    const name = place.path.slice(place.path.lastIndexOf("/") + 1);
    // Digests of different lengths are of different algorithms, and say nothing of each other.
    const key = `${place.sizeBytes}/${place.mtimeUs}/${place.checksum.length}/${name}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [place]);
    else known.push(place);
  }
  return [...groups.values()].filter((group) => new Set(group.map((p) => p.checksum)).size > 1);
}
