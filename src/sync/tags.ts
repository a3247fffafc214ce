// The tags of a snapshot at a remote: there they stand beside the document as they do here.
import { z } from "zod";
import { tagSchema } from "#core/tag.ts";
import { jsonOf } from "./answer.ts";
import { call } from "./call.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";

export interface RemoteTagChanges {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The tags it has, or has after the changes. */
export async function remoteTags(
  remote: Remote,
  snapshot: RemoteSet & { readonly snapshotId: string },
  changes: RemoteTagChanges | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = [...setPath(snapshot), snapshot.snapshotId, "tags"];
  const read = jsonOf(z.object({ tags: z.array(tagSchema).max(1000) }));
  const { tags } = await call(
    remote,
    changes === undefined
      ? { method: "GET", path, read }
      : {
          method: "POST",
          path,
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(changes),
          read,
        },
    signal,
  );
  return tags;
}
