// A line of a difference: an entry, or `{"path":…,"removed":true}` (core/delta.ts writes them). Outsiders' lines are judged;
// our own, come back from our own disk, are only read.
import { z } from "zod";
import { put, type Change } from "./delta.ts";
import { judgeEntry, microseconds } from "./entry-json.ts";
import type { EntryType } from "./entry.ts";
import { keyOfPath } from "./order.ts";
import { isExactPath } from "./path-bytes.ts";

const removalSchema = z.strictObject({
  path: z
    .string()
    .min(1, "is empty")
    .refine((path) => !path.includes("\0") && isExactPath(path), "stands for no path"),
  type: z.literal("dir").optional(),
  removed: z.literal(true),
});

/** Reads one step of a difference from parsed JSON. Names the first thing that is impossible; never throws. */
export function judgeChange(value: unknown): { change: Change } | { problem: string } {
  if (typeof value !== "object" || value === null || !("removed" in value)) {
    const judged = judgeEntry(value);
    return "problem" in judged ? judged : { change: put(judged.entry) };
  }
  const parsed = removalSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return { problem: `${issue.path.join(".") || "removal"}: ${issue.message}` };
  }
  return {
    change: { key: keyOfPath(parsed.data.path, parsed.data.type === "dir"), entry: null },
  };
}

/** What a line that `changeLine` wrote says, parsed. */
export function changeOf(own: OwnChange): Change {
  if (own.removed === true) return { key: keyOfPath(own.path, own.type === "dir"), entry: null };
  return put({
    path: own.path,
    type: own.type ?? "file",
    target: own.target ?? null,
    sizeBytes: own.size,
    mtimeUs: own.mtime === null ? null : microseconds(own.mtime),
    inode: own.inode,
    checksum: own.checksum,
    error: own.error,
  });
}

/** A change as `changeLine` writes it. */
export interface OwnChange {
  path: string;
  type?: EntryType;
  target?: string;
  size: number | null;
  mtime: number | null;
  inode: number | string | null;
  checksum: string | null;
  error: string | null;
  removed?: true;
}
