// The names of a snapshot that another system would take for one: its whole list is read, in pages.
import { CollisionFinder, type Collision } from "#core/collisions.ts";
import { keyOfPath } from "#core/order.ts";
import { entryPages } from "#db/entries.ts";
import type { Scope } from "#db/scope.ts";

export async function* collisionPages(
  scope: Scope,
  snapshotId: string,
): AsyncGenerator<Collision[]> {
  const finder = new CollisionFinder();
  for await (const page of entryPages(scope, snapshotId)) {
    const found = page.flatMap(({ path, type }) => [
      ...finder.meet(keyOfPath(path, type === "dir")),
    ]);
    if (found.length > 0) yield found;
    await Bun.sleep(0);
  }
}
