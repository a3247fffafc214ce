// One run of scrub over its files, read one after another: what came of each, when it was read, and what it all comes to.
import type { Entry } from "#core/entry.ts";
import { findingFacts, noFindings, type Finding, type FindingKind } from "#core/proof/finding.ts";
import { isAtOrBelow, keyOfPath, type EntryKey } from "#core/order.ts";
import type { Run } from "#core/run.ts";
import { MOST_LISTED, type Verification } from "#core/proof/verification.ts";
import { saveStamps } from "#db/carry.ts";
import { entryAt } from "#db/entry-at.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import type { ReadStamp } from "#db/recording/version-writer.ts";
import { fileHasher, type Hashed } from "#disk/hash-file.ts";
import { standingTree } from "#jobs/rollback/roots.ts";
import { RootWatch } from "#scan/root-watch.ts";
import type { FoundRoot } from "#scan/roots.ts";
import { lastGoodFinder } from "./last-good.ts";
import type { ScrubInput } from "./scrub.ts";

export interface ScrubFile {
  readonly path: string;
  readonly sizeBytes: number;
  readAtMs: number;
  isNew: boolean;
}

/** Reads files, one after another, and knows what came of it. */
export class ScrubReading {
  bytesRead = 0;
  changed = 0;
  readonly #scope: Scope;
  readonly #row: SnapshotRow;
  readonly #run: Run;
  readonly #tell: (finding: Finding) => Promise<void>;
  readonly #tree: Awaited<ReturnType<typeof standingTree>>;
  readonly #roots: readonly RootWatch[];
  readonly #lastGood: Awaited<ReturnType<typeof lastGoodFinder>>;
  readonly #hash;
  readonly #counts = noFindings();
  readonly #notChecked: Record<string, number> = {};
  readonly #listed: Record<string, unknown>[] = [];
  readonly #proven = new Set<string>();
  readonly #disproven = new Set<string>();
  #checkedBytes = 0;
  #stamps: { key: EntryKey; stamp: ReadStamp }[] = [];

  private constructor(
    scope: Scope,
    row: SnapshotRow,
    tell: (finding: Finding) => Promise<void>,
    run: Run,
    tree: Awaited<ReturnType<typeof standingTree>>,
    lastGood: Awaited<ReturnType<typeof lastGoodFinder>>,
  ) {
    [this.#scope, this.#row, this.#tell, this.#run] = [scope, row, tell, run];
    [this.#tree, this.#lastGood] = [tree, lastGood];
    this.#roots = tree.roots.map((root) => new RootWatch(root));
    this.#hash = fileHasher(() => run.signal.aborted);
  }

  static async open(
    scope: Scope,
    { row, definition, dataDir }: Pick<ScrubInput, "row" | "definition" | "dataDir">,
    tell: (finding: Finding) => Promise<void>,
    run: Run,
  ): Promise<ScrubReading> {
    const tree = await standingTree(scope, { target: row, definition, dataDir });
    return new ScrubReading(scope, row, tell, run, tree, await lastGoodFinder(scope, row, null));
  }

  /** Throws when interrupted; what was read before is kept. */
  async read(file: ScrubFile): Promise<void> {
    const entry = await entryAt(this.#scope, this.#row.snapshotId, file.path);
    if (entry === undefined) return;
    const watch = this.#roots.find(({ root }) => isAtOrBelow(file.path, root.path));
    if (watch === undefined) {
      return this.#unknown(entry, this.#tree.whyUnseen(file.path) ?? "ROOT_OFFLINE: not there");
    }
    const hashed = await this.#hash({ ...placeIn(watch.root, file.path), expected: undefined });
    this.#run.signal.throwIfAborted();
    await this.#judge(file, entry, hashed, watch);
    this.#run.monitor.progress({
      phase: "read",
      files: this.#counts.intact,
      bytes: this.bytesRead,
    });
    if (this.#stamps.length >= SAVE_EVERY) await this.save();
  }

  /** Notes what was read until now. */
  async save(): Promise<void> {
    const stamps = this.#stamps;
    this.#stamps = [];
    if (stamps.length > 0) await saveStamps(this.#scope, this.#row.snapshotId, stamps);
  }

  proofs(): { proven: Iterable<Uint8Array>; disproven: Iterable<Uint8Array> } {
    const bytes = (set: Set<string>) => [...set].map((hex) => Uint8Array.fromHex(hex));
    return { proven: bytes(this.#proven), disproven: bytes(this.#disproven) };
  }

  verification(
    when: { startedAtMs: number; durationMs: number },
    whyNotMore: string,
    all: { files: number; bytes: number },
  ): Verification {
    const counts = this.#counts;
    const compared = counts.intact + counts.touched + counts.corrupted;
    const checked = compared + counts.modified + counts.missing;
    const met = checked + counts.unreadable + counts.unstable + counts.offline;
    const rest = all.files - met;
    const others = this.#row.fileCount - all.files;
    return {
      id: crypto.getRandomValues(new Uint8Array(16)).toHex(),
      machineId: this.#row.machineId,
      setName: this.#row.setName,
      snapshotId: this.#row.snapshotId,
      copy: null,
      target: [...this.#tree.roots, ...this.#tree.lost].map(({ path }) => path).join(", "),
      ...when,
      method: "scrub",
      coverage: {
        filesTotal: this.#row.fileCount,
        filesChecked: checked,
        bytesTotal: all.bytes,
        bytesChecked: this.#checkedBytes,
        filesCompared: compared,
        filesBad: counts.corrupted,
        notChecked: {
          ...this.#notChecked,
          ...(rest > 0 ? { [whyNotMore]: rest } : {}),
          ...(others > 0 ? { NO_CONTENT: others } : {}),
        },
      },
      counts,
      bytesRead: this.bytesRead,
      isComplete: checked === this.#row.fileCount,
      cut: null,
      listed: this.#listed,
    };
  }

  // --- internal ---

  async #judge(file: ScrubFile, entry: Entry, hashed: Hashed, watch: RootWatch): Promise<void> {
    if (hashed.kind === "failed") {
      const isGone = /^(ENOENT|ENOTDIR)\b/.test(hashed.error);
      const why = isGone ? watch.whyNotMet() : hashed.error;
      return why === undefined ? this.#hasChanged("missing") : this.#unknown(entry, why);
    }
    const { facts } = hashed;
    this.bytesRead += facts.sizeBytes;
    const checksum = Buffer.from(hashed.digest.subarray(0, 32)).toString("hex");
    const isSameSize = facts.sizeBytes === entry.sizeBytes;
    const isSameTime = facts.mtimeUs === entry.mtimeUs;
    if (checksum === entry.checksum) {
      this.#counts[isSameTime ? "intact" : "touched"]++;
      this.#checkedBytes += facts.sizeBytes;
      this.#proven.add(checksum);
      file.readAtMs = this.#run.now();
      file.isNew = false;
      if (!isSameTime) return; // the next scan notes it, with its time
      const { ctimeUs, device } = facts;
      const stamp = { ctimeUs, device, readAtMs: file.readAtMs };
      this.#stamps.push({ key: keyOfPath(entry.path, false), stamp });
    } else if (isSameSize && isSameTime) {
      this.#counts.corrupted++;
      this.#checkedBytes += facts.sizeBytes;
      this.#disproven.add(entry.checksum!);
      await this.#find("corrupted", entry, null, await this.#lastGood(entry));
    } else {
      this.#hasChanged("modified");
    }
  }

  #hasChanged(kind: "missing" | "modified"): void {
    this.#counts[kind]++;
    this.changed++;
  }

  async #unknown(entry: Entry, why: string): Promise<void> {
    const code = why.split(":")[0]!;
    const kind = KIND_OF[code] ?? "unreadable";
    this.#counts[kind]++;
    this.#notChecked[code] = (this.#notChecked[code] ?? 0) + 1;
    if (kind !== "offline") await this.#find(kind, entry, why, null);
  }

  async #find(
    kind: FindingKind,
    expected: Entry,
    why: string | null,
    lastGood: Finding["lastGood"],
  ): Promise<void> {
    const { path } = expected;
    const finding = { kind, path, at: null, why, expected, observed: null, ctime: null, lastGood };
    if (this.#listed.length < MOST_LISTED) this.#listed.push(findingFacts(finding));
    await this.#tell(finding);
  }
}

// --- internal ---

/** So many readings are noted at once: what a kill may cost. */
const SAVE_EVERY = 500;

const KIND_OF: Readonly<Record<string, "offline" | "unstable">> = {
  ROOT_OFFLINE: "offline",
  ROOT_EMPTY: "offline",
  UNSTABLE: "unstable",
};

/** Where a path of the root is read from. */
function placeIn(root: FoundRoot, path: string): { root: string; path: string } {
  const from = root.isFolder ? root.path : root.path.slice(0, root.path.lastIndexOf("/"));
  return {
    root: root.openPath,
    path: path.slice(from.endsWith("/") ? from.length : from.length + 1),
  };
}
