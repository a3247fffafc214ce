// What a remote's store takes, and one of its sets.
import { z } from "zod";
import { jsonOf } from "./answer.ts";
import { call } from "./call.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";
import { remoteMoment } from "./moment.ts";

export function fetchStoreSize(
  remote: Remote,
  signal: AbortSignal,
): Promise<{ bytes: number; freeBytes: number }> {
  const read = jsonOf(
    z
      .object({ size: count, free: count })
      .transform(({ size, free }) => ({ bytes: size, freeBytes: free })),
  );
  return call(remote, { method: "GET", path: ["stats"], read }, signal);
}

export type RemoteCost = z.infer<typeof costAnswer>;

export function fetchCost(
  remote: Remote,
  set: RemoteSet,
  signal: AbortSignal,
): Promise<RemoteCost> {
  const read = jsonOf(costAnswer);
  return call(remote, { method: "GET", path: [...setPath(set), "stats"], read }, signal);
}

// --- internal ---

const count = z.int().min(0);

const costAnswer = z
  .object({
    snapshots: count,
    tombstones: count,
    entries: count,
    versions: count,
    oldest: remoteMoment.nullable(),
    newest: remoteMoment.nullable(),
  })
  .transform(({ oldest, newest, ...counts }) => ({
    ...counts,
    oldestMs: oldest,
    newestMs: newest,
  }));
