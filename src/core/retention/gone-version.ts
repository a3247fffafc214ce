// A version of a file that would be recorded nowhere any more, as a plan tells it.
import { entryLine, type Entry } from "#core/entry.ts";
import { timestampText } from "#core/timestamp.ts";

export interface GoneVersion {
  readonly entry: Entry;
  /** The first snapshot that had it. */
  readonly fromMs: number;
  /** Whether the set keeps this content elsewhere: at another path, or at another time. Null: it had no checksum. */
  readonly isContentKept: boolean | null;
}

/** What `prune --versions --json` and its route say of it. */
export const goneLine = ({ entry, fromMs, isContentKept }: GoneVersion): string =>
  `{"since":"${timestampText(fromMs)}","content_kept":${isContentKept},"entry":${entryLine(entry)}}`;
