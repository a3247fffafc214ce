// What the walk says about one name, in the one order: an entry, complete but for the checksum of a regular file.
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import type { Facts } from "#disk/facts.ts";

export interface Sighting {
  readonly key: EntryKey;
  readonly entry: Entry;
  /** A regular file: its checksum is carried from an earlier snapshot, or its bytes are read. */
  readonly file: SeenFile | undefined;
}

export interface SeenFile {
  readonly facts: Facts;
  /** The folder to open it from, and its path below that; both exact. */
  readonly base: string;
  readonly path: string;
  /** What stands before `path` in the snapshot's name for it. */
  readonly prefix: string;
  readonly hasInodes: boolean;
}

/** What was seen and left out, so that a summary can say what it does not speak of. */
export class LeftOut {
  /** By reason: `excluded`, `ignored`, `marked`, `fifo`, `socket`, `device`, `mount`, `own_data`. */
  readonly counts = new Map<string, number>();
  /** Folders of other file systems that were not entered. */
  readonly mounts: string[] = [];

  count(reason: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }
}
