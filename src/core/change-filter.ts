// Which changes somebody wants to hear of: by kind, by pattern, by size; all that is asked must fit.
import { changedBytes, type ChangeKind, type FileChange } from "./changes.ts";
import { parseGlob } from "./glob.ts";

export interface ChangeFilter {
  readonly kinds?: readonly ChangeKind[] | undefined;
  /** A pattern (core/glob.ts) for where it is or where it came from. */
  readonly path?: string | undefined;
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
}

/** Undefined where nothing is asked; throws `invalid_request` for what is no pattern. */
export function changeFilter({
  kinds = [],
  path,
  minBytes,
  maxBytes,
}: ChangeFilter): ((change: FileChange) => boolean) | undefined {
  const isAll = kinds.length === 0 && path === undefined;
  if (isAll && minBytes === undefined && maxBytes === undefined) return undefined;
  const wanted = new Set(kinds);
  const glob = path === undefined ? undefined : parseGlob(path);
  return (change) => {
    if (wanted.size > 0 && !wanted.has(change.kind)) return false;
    const bytes = changedBytes(change);
    if (bytes < (minBytes ?? 0) || bytes > (maxBytes ?? Infinity)) return false;
    if (glob === undefined || glob.matches(change.path)) return true;
    return change.from !== null && glob.matches(change.from);
  };
}
