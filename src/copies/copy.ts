// A copy, whatever it is kept in: a stream of names, each with bytes to hash. Readers know nothing of snapshots; one file for each kind,
// and a line in open.ts. What a reader cannot vouch for it says; a stream that ends too soon is `CopyCut`, never a short list.
import type { ObservedTrouble } from "#core/proof/finding.ts";
import type { SeenFile } from "#scan/sighting.ts";

export interface Copy {
  /** As reports name it; never a secret. */
  readonly target: string;
  readonly keepsSymlinks: boolean;
  /** How coarse its mtimes may be (core/proof/judge.ts); null where it keeps none. */
  readonly clockStepUs: number | null;
  /** Somebody's word, a list's or the store's that keeps it: no byte of it is read, and no content proven. */
  readonly vouchedBy?: "list" | "store";
  /** Names as the snapshot has them already: of the source itself, where no layout is needed. */
  readonly hasOwnPaths?: boolean;
  /** Every name in it, in any order; of two equal ones the later counts. Throws `CopyCut`. */
  entries(signal: AbortSignal): AsyncIterable<CopyEntry> | Iterable<CopyEntry>;
  /** Called when every byte was read: whether it was one and the same copy to the end. Throws `CopyCut`. */
  check?(): void;
  /** Asked when all entries were read: why nothing could be seen at this name. */
  whyUnseen?(name: string): ObservedTrouble | undefined;
}

export interface CopyEntry {
  /** Exact (path-bytes.ts), `/` between steps, as it stands there: it may be hostile. */
  readonly name: string;
  readonly type: "file" | "symlink" | "other";
  /** It matters only where it takes the place of a file that came before. */
  readonly isFolder?: true;
  readonly target: string | null;
  readonly sizeBytes: number | null;
  readonly mtimeUs: number | null;
  readonly ctimeUs: number | null;
  /** Of a file; null where `trouble` says why there is none. */
  readonly content: Content | null;
  readonly trouble: ObservedTrouble | null;
}

export type Content =
  /** Gives all bytes, once, before the next entry is asked for; what was not taken is passed over. A buffer is used again. */
  | { readonly kind: "bytes"; read(take: (piece: Uint8Array) => void): Promise<void> | void }
  /** On a disk of ours, for the hash threads. */
  | { readonly kind: "file"; readonly file: SeenFile }
  /** Another name of an entry before it. */
  | { readonly kind: "link"; readonly to: string }
  /** Not read, but vouched for by whoever keeps the copy. */
  | { readonly kind: "stored"; readonly checksum: string };

/** The copy could not be read to its end: of what was not met nothing is known. */
export class CopyCut extends Error {
  override readonly name = "CopyCut";
  readonly trouble: ObservedTrouble;

  /** `unread`: it was cut by wish. */
  constructor(
    kind: "offline" | "unreadable" | "unverifiable" | "unread",
    why: string,
    cause?: unknown,
  ) {
    super(why, cause === undefined ? undefined : { cause });
    this.trouble = { kind, why };
  }
}

/** One entry could not be read; the others can. */
export class EntryTrouble extends Error {
  override readonly name: string = "EntryTrouble";
  readonly trouble: ObservedTrouble;

  constructor(kind: "unstable" | "unreadable" | "unverifiable", why: string) {
    super(why);
    this.trouble = { kind, why };
  }
}

/** Every byte of the entry was given, but the archive's own check denies them: other tools refuse to give them out. */
export class EntryFlaw extends EntryTrouble {
  override readonly name = "EntryFlaw";

  constructor(why: string) {
    super("unreadable", why);
  }
}
