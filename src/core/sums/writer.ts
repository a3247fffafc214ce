// Writes a snapshot's entries as a list of checksums that other tools read, and says of every entry that has no place in it why.
import type { Entry } from "#core/entry.ts";

/** Why an entry is not in a list; `name`: the format cannot write it. */
export type LeftOutReason = "symlink" | "unreadable" | "checksum" | "name" | "outside";

export interface SumsWriter {
  /** What the format has no place for, of any entry. */
  readonly omits: readonly string[];
  /** What stands before the first entry. */
  start(about: ListedSnapshot): string;
  /** Paths as in the list; a byte that is not UTF-8 is still a lone surrogate, see path-bytes.ts. */
  line(entry: Entry): string | { reason: LeftOutReason };
}

export interface ListedSnapshot {
  readonly snapshotId: string;
  readonly machineId: string;
  readonly setName: string;
  /** RFC 3339. */
  readonly timestamp: string;
}
