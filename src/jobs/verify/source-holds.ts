// Whether the source still holds a content elsewhere than below a path that is to be deleted. It lives on after it was verified, and its
// set may have other roots by now: so a file that the newest snapshot has with this content is read, and only its bytes count.
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { findChecksum } from "#db/search/history.ts";
import type { HashFile } from "#disk/hash-file.ts";
import { mayBeOfIt, type Ground } from "./ground.ts";

export async function sourceHolds(
  scope: Scope,
  set: SetName,
  checksum: string,
  ground: Ground,
  hash: HashFile,
): Promise<boolean> {
  let cursor: string | undefined;
  do {
    const { rows, nextCursor } = await findChecksum(
      scope,
      checksum,
      { set },
      { limit: 100, cursor },
    );
    for (const { toMs, entry } of rows) {
      if (toMs !== null || entry.type !== "file") continue;
      const slash = entry.path.lastIndexOf("/") + 1;
      const [root, path] = [entry.path.slice(0, slash), entry.path.slice(slash)];
      const hashed = await hash({ root, path, expected: undefined });
      if (hashed.kind === "failed" || mayBeOfIt(entry.path, hashed.facts, ground)) continue;
      const read = Buffer.from(hashed.digest.subarray(0, 32)).toString("hex");
      if (read === checksum) return true;
    }
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return false;
}
