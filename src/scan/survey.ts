// Compares what stands on disk with the set's last snapshot: every root is walked in the one order, beside it the snapshot is read
// in the same order, and what is not known to be the same is handed to a `Sink`, which reads or merely counts.
import { isSameEntry, type Entry } from "#core/entry.ts";
import type { RootState } from "#core/document.ts";
import { compareKeys, type EntryKey } from "#core/order.ts";
import type { Run } from "#core/run.ts";
import { Unseen } from "#core/unseen.ts";
import { tidily } from "#disk/tidily.ts";
import { BaseCursor, type BaseEntry, type KeyedBase } from "./base.ts";
import { canCarry } from "./carry.ts";
import { Hidden } from "./hidden.ts";
import type { Rules } from "./leave-out.ts";
import { findRoot, type LostRoot, type Root } from "./roots.ts";
import { LeftOut, type SeenFile, type Sighting } from "./sighting.ts";
import { failure, Walk } from "./walk.ts";

export interface SurveyInput {
  readonly roots: readonly { readonly path: string; readonly rules: Rules | undefined }[];
  readonly followRootSymlink: boolean;
  readonly oneFileSystem: boolean;
  readonly marker: string | undefined;
  /** Whether a root without entries is meant to be so. */
  readonly allowEmpty: boolean;
  /** Nothing is carried. */
  readonly reread: boolean;
  readonly ownData: { readonly device: number; readonly inode: number | string } | undefined;
  /** The last snapshot's entries, in pages. */
  readonly base: AsyncIterable<readonly BaseEntry[]>;
  /** What that snapshot says it did not see; undefined without one: then all is new. */
  readonly baseUnseen: Unseen | undefined;
}

/** Where findings go, in the one order. */
export interface Sink {
  /** `isUnknown`: nothing could be seen there, so that it may still stand. */
  gone(key: EntryKey, isUnknown: boolean, old: BaseEntry): void;
  put(key: EntryKey, entry: Entry, old: Old): void;
  read(key: EntryKey, entry: Entry, file: SeenFile, old: Old): void;
  /** Waits while it has too much to do; called often. */
  room(): Promise<void>;
}

/** What stood at a key: undefined for nothing, "unseen" where the last snapshot could not have seen it. */
export type Old = BaseEntry | undefined | "unseen";

/** What a survey has seen so far. */
export class Survey {
  readonly roots: RootState[] = [];
  readonly leftOut = new LeftOut();
  entryCount = 0;
  /** Entries that the walk itself could not list or ask. */
  errorCount = 0;
  carriedCount = 0;
  carriedBytes = 0;
}

/** Sightings between two turns of the event loop: a few milliseconds. */
const TURN = 512;

export async function survey(
  input: SurveyInput,
  seen: Survey,
  sink: Sink,
  run: Run,
): Promise<void> {
  const base = new BaseCursor(input.base);
  try {
    await new Surveyor(input, base, seen, sink, run).survey();
  } finally {
    await base.close();
  }
}

// --- internal ---

class Surveyor {
  readonly #input: SurveyInput;
  readonly #base: BaseCursor;
  readonly #sink: Sink;
  readonly #run: Run;
  readonly #seen: Survey;
  /** Where nothing could be seen, this time and the last. */
  readonly #hidden = new Hidden();
  readonly #hiddenBefore = new Hidden();
  /** What is below none of the roots is not looked at, whatever became of it. */
  readonly #ground: Unseen;
  /** So many of the mounts that were not entered are among them. */
  #mountCount = 0;

  constructor(input: SurveyInput, base: BaseCursor, seen: Survey, sink: Sink, run: Run) {
    this.#input = input;
    const roots = input.roots.map(({ path }) => ({ path, state: "ok" as const }));
    this.#ground = new Unseen({ roots });
    this.#base = base;
    this.#seen = seen;
    this.#sink = sink;
    this.#run = run;
  }

  async survey(): Promise<void> {
    const { roots, followRootSymlink: followSymlink, marker } = this.#input;
    const found = roots
      .map(({ path, rules }) => ({ root: findRoot(path, { followSymlink, marker }), rules }))
      .sort((a, b) => compareKeys(a.root.key, b.root.key));
    for (const { root, rules } of found) {
      const state = await this.#root(root, rules);
      this.#seen.roots.push({ path: root.path, state });
    }
    await this.#finish();
  }

  async #root(root: Root, rules: Rules | undefined): Promise<RootState["state"]> {
    if (root.kind !== "found") return await this.#lostRoot(root);
    const { oneFileSystem, ownData, allowEmpty } = this.#input;
    const walk = new Walk(root, { rules, oneFileSystem, ownData }, this.#seen.leftOut);
    const before = this.#seen.entryCount;
    let turn = 0;
    for (const sighting of tidily(walk.sightings())) {
      if (!this.#meetNow(sighting)) await this.#meet(sighting);
      if (++turn % TURN === 0) await this.#turn();
    }
    if (!walk.isRootListed) return "unreadable";
    if (this.#seen.entryCount > before || allowEmpty) return "ok";
    // What was known below it has not come by yet: that happens when something behind it is met.
    this.#hidden.add(root.path);
    return "empty";
  }

  async #lostRoot({ kind, path, error }: LostRoot): Promise<RootState["state"]> {
    if (kind === "unreadable") {
      await this.#meet(failure(path.endsWith("/") ? path : `${path}/`, "", "dir", error));
    } else {
      this.#run.monitor.trouble({ path, error });
      this.#hidden.add(path);
    }
    return kind;
  }

  /** Lets answers of hash threads and Ctrl-C in. */
  async #turn(): Promise<void> {
    this.#run.signal.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
    await this.#sink.room();
  }

  async #meet(sighting: Sighting): Promise<void> {
    while (!this.#meetNow(sighting)) await this.#base.load();
  }

  /** Compares with what stood there; false if more of the last snapshot must be loaded first, then to be called again. */
  #meetNow(sighting: Sighting): boolean {
    while (this.#base.isReady) {
      const old = this.#base.peek();
      const order = old === undefined ? 1 : compareKeys(old.key, sighting.key);
      if (order <= 0) this.#take(old!);
      if (order < 0) this.#gone(old!);
      else {
        this.#judge(sighting, order === 0 ? old : undefined);
        return true;
      }
    }
    return false;
  }

  async #finish(): Promise<void> {
    for (;;) {
      if (!this.#base.isReady) await this.#base.load();
      const old = this.#base.peek();
      if (old === undefined) return;
      this.#take(old);
      this.#gone(old);
    }
  }

  #take({ key, entry }: KeyedBase): void {
    this.#base.take();
    if (entry.error !== null) this.#hiddenBefore.addTrouble(key, entry);
  }

  #judge({ key, entry, file }: Sighting, known: BaseEntry | undefined): void {
    this.#seen.entryCount++;
    if (entry.error !== null) {
      this.#seen.errorCount++;
      this.#run.monitor.trouble({ path: entry.path, error: entry.error });
      this.#hidden.addTrouble(key, entry);
    }
    if (file !== undefined) {
      if (!this.#input.reread && known !== undefined && canCarry(entry, file, known)) {
        this.#seen.carriedCount++;
        this.#seen.carriedBytes += file.facts.sizeBytes;
      } else {
        this.#sink.read(key, entry, file, known ?? this.#unknown(key, entry));
      }
    } else if (known === undefined || !isSameEntry(entry, known.entry)) {
      this.#sink.put(key, entry, known ?? this.#unknown(key, entry));
    }
  }

  /** Of what was not recorded: whether it could have been. What stands for a folder that can't be listed is no new file either. */
  #unknown(key: EntryKey, { path, type }: Entry): "unseen" | undefined {
    const { baseUnseen } = this.#input;
    const couldSee =
      baseUnseen === undefined ||
      (baseUnseen.isInRoots(path) &&
        baseUnseen.why(path) === undefined &&
        !this.#hiddenBefore.covers(key));
    return couldSee && type !== "dir" ? undefined : "unseen";
  }

  /** What stood for a folder that could not be listed never was a file: that it is gone says nothing of one. */
  #gone(old: KeyedBase): void {
    const { mounts } = this.#seen.leftOut;
    while (this.#mountCount < mounts.length) this.#hidden.add(mounts[this.#mountCount++]!);
    const { path, type } = old.entry;
    const isUnknown =
      type === "dir" || !this.#ground.isInRoots(path) || this.#hidden.covers(old.key);
    this.#sink.gone(old.key, isUnknown, old);
  }
}
