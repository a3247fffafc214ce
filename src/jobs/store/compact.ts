// Gives the space of what was deleted back to the disk.
import type { Run } from "#core/run.ts";
import { compactStore } from "#db/store/compact.ts";
import { sizeOf } from "#disk/whole-file.ts";

export interface Compacted {
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** `file` is the store; nobody else may have it open. */
export async function compact(file: string, run: Run): Promise<Compacted> {
  run.signal.throwIfAborted();
  const beforeBytes = sizeOf(file) + sizeOf(`${file}-wal`);
  await compactStore(file);
  return { beforeBytes, afterBytes: sizeOf(file) };
}
