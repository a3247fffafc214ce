// What a snapshot has beside what stands there now, path by path in the one order. What the newest snapshot does not vouch for is read.
import type { Entry } from "#core/entry.ts";
import { compareKeys, isAtOrBelow, type EntryKey } from "#core/order.ts";
import type { Run } from "#core/run.ts";
import { carryPages } from "#db/carry.ts";
import { entryPages } from "#db/entries.ts";
import type { Scope } from "#db/scope.ts";
import { newestRecorded } from "#db/snapshots.ts";
import { fileHasher } from "#disk/hash-file.ts";
import { BaseCursor, type BaseEntry } from "#scan/base.ts";
import { canCarry } from "#scan/carry.ts";
import type { Sighting } from "#scan/sighting.ts";
import type { StandingTree } from "#scan/standing.ts";
import type { RollbackInput } from "./roots.ts";

export interface Pair {
  readonly key: EntryKey;
  readonly target: Entry | null;
  readonly sighting: Sighting | undefined;
  /** What the newest snapshot says of it. */
  readonly recorded: BaseEntry | undefined;
  present: Entry | null;
  isRecorded: boolean;
}

export class Pairs {
  /** Contents that the snapshot has outside of the path, where something else stands, or nothing. Complete when all pairs have come. */
  readonly wantedOutside = new Set<string>();
  readonly #tree: StandingTree;
  /** Only what is at or below it. */
  readonly #path: string | undefined;
  readonly #run: Run;
  readonly #then: BaseCursor;
  readonly #base: BaseCursor;
  readonly #hashFile: ReturnType<typeof fileHasher>;
  #scanned = { files: 0, bytes: 0 };

  static async open(
    scope: Scope,
    { target, path }: RollbackInput,
    tree: StandingTree,
    run: Run,
  ): Promise<Pairs> {
    const newest = await newestRecorded(scope, target);
    const then = new BaseCursor(asBase(entryPages(scope, target.snapshotId)));
    const base = new BaseCursor(
      newest === undefined ? nothing() : carryPages(scope, newest.snapshotId),
    );
    return new Pairs(tree, path, run, then, base);
  }

  private constructor(
    tree: StandingTree,
    path: string | undefined,
    run: Run,
    then: BaseCursor,
    base: BaseCursor,
  ) {
    this.#tree = tree;
    this.#path = path;
    this.#run = run;
    this.#then = then;
    this.#base = base;
    this.#hashFile = fileHasher(() => run.signal.aborted);
  }

  /** What the snapshot has beside what stands there, and what the newest snapshot knows of that. */
  async *all(): AsyncGenerator<Pair> {
    const path = this.#path;
    const [then, base] = [this.#then, this.#base];
    const sightings = this.#tree.sightings();
    let now = sightings.next();
    for (let turn = 0; ; turn++) {
      if (turn % TURN === 0) await this.#turn();
      if (!then.isReady) await then.load();
      const old = then.peek();
      const seen = now.done === true ? undefined : now.value;
      if (old === undefined && seen === undefined) return;
      const order =
        old === undefined ? 1 : seen === undefined ? -1 : compareKeys(old.key, seen.key);
      const key = order <= 0 ? old!.key : seen!.key;
      const sighting = order >= 0 ? seen : undefined;
      const target = order <= 0 ? old!.entry : null;
      if (order <= 0) then.take();
      if (order >= 0) now = sightings.next();
      if (path !== undefined && !isAtOrBelow((target ?? sighting!.entry).path, path)) {
        if (isMissed(target, sighting)) this.wantedOutside.add(target!.checksum!);
        continue;
      }
      const recorded = sighting && (await entryAt(base, key));
      const pair: Pair = {
        key,
        target,
        sighting,
        recorded,
        present: sighting?.entry ?? null,
        isRecorded: false,
      };
      if (sighting !== undefined) await this.#read(pair);
      yield pair;
    }
  }

  /** Lets Ctrl-C in. */
  async #turn(): Promise<void> {
    this.#run.signal.throwIfAborted();
    this.#run.monitor.progress({ phase: "plan", ...this.#scanned });
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Finds out what the content is that stands there: known from the newest snapshot if nothing touched it since, else read. */
  async #read(pair: Pair): Promise<void> {
    const { entry, file } = pair.sighting!;
    const { recorded } = pair;
    this.#scanned.files++;
    if (file === undefined || entry.error !== null) return;
    if (recorded !== undefined && canCarry(entry, file, recorded)) {
      pair.present = { ...entry, checksum: recorded.entry.checksum };
      pair.isRecorded = true;
      return;
    }
    const { device, inode } = file.facts;
    const expected = file.hasInodes ? { device, inode } : undefined;
    const hashed = await this.#hashFile({ root: file.base, path: file.path, expected });
    this.#run.signal.throwIfAborted();
    if (hashed.kind === "failed") {
      pair.present = { ...entry, error: hashed.error };
      this.#run.monitor.trouble({ path: entry.path, error: hashed.error });
      return;
    }
    const { sizeBytes, mtimeUs } = hashed.facts;
    this.#scanned.bytes += sizeBytes;
    pair.present = { ...entry, sizeBytes, mtimeUs, checksum: hashed.digest.slice(0, 32).toHex() };
  }

  async close(): Promise<void> {
    await Promise.all([this.#then.close(), this.#base.close()]);
  }
}

// --- internal ---

/** By size and time: what is not to be changed is not read either. */
const isMissed = (target: Entry | null, sighting: Sighting | undefined): boolean =>
  target !== null &&
  target.type === "file" &&
  target.checksum !== null &&
  (sighting?.entry.sizeBytes !== target.sizeBytes || sighting.entry.mtimeUs !== target.mtimeUs);

/** Names between two turns of the event loop: a few milliseconds. */
const TURN = 512;
/** The entry of the key, if there is one; what stands before it is passed. */
async function entryAt(base: BaseCursor, key: EntryKey): Promise<BaseEntry | undefined> {
  for (;;) {
    if (!base.isReady) await base.load();
    const next = base.peek();
    const order = next === undefined ? 1 : compareKeys(next.key, key);
    if (order > 0) return undefined;
    base.take();
    if (order === 0) return next;
  }
}

async function* asBase(pages: AsyncIterable<Entry[]>): AsyncGenerator<BaseEntry[]> {
  for await (const page of pages) yield page.map((entry) => ({ entry, stamp: null }));
}

async function* nothing(): AsyncGenerator<never> {}
