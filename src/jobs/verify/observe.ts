// What a copy holds comes into the observations: each name brought to the snapshot's, each content hashed, here or by the hash threads.
// Nothing is judged yet; what could not be read is written down with its reason.
import type { Observed, ObservedTrouble } from "#core/proof/finding.ts";
import { pathOfName, plainName, type Layout } from "#core/proof/layout.ts";
import type { Run } from "#core/run.ts";
import {
  CopyCut,
  EntryFlaw,
  EntryTrouble,
  type Content,
  type Copy,
  type CopyEntry,
} from "#copies/copy.ts";
import type { Observations } from "#db/proof/observations.ts";
import { newSha256 } from "#disk/sha256.ts";
import { OF_VERIFICATIONS, tidier } from "#disk/tidily.ts";
import type { Reading } from "#scan/reading.ts";
import type { TimeLimit } from "./time-limit.ts";

export interface ObserveInput {
  readonly copy: Copy;
  /** Told the first names, in case it must be guessed. */
  readonly layoutFor: (names: readonly string[]) => Promise<Layout>;
  /** Why the file of this name is not to be read, by wish; `givenBytes` are read or on their way. */
  readonly leaveUnread: (name: string, givenBytes: number) => ObservedTrouble | undefined;
  readonly limit: TimeLimit;
  readonly reading: Reading;
  readonly observations: Observations;
  /** Entries and bytes that are expected, for showing progress. */
  readonly expected: { readonly files: number; readonly bytes: number };
}

/** What is known of the copy as a whole when it was read. */
export interface Observation {
  readonly layout: Layout;
  /** Why it could not be read to its end; null where it was. */
  readonly cut: ObservedTrouble | null;
  /** Names outside the layout: of those nothing is said. */
  readonly outsideCount: number;
  /** Names that lead out of the copy (`..`) or nowhere. Nobody may unpack them; they are told as extra. */
  readonly unsafeNames: readonly string[];
  readonly bytesRead: number;
  /** Whether there was any name in it. */
  readonly isEmpty: boolean;
}

export async function observe(input: ObserveInput, run: Run): Promise<Observation> {
  const { copy, reading, limit } = input;
  const observer = new Observer(input, run);
  let cut: ObservedTrouble | null = null;
  const cutBy = (error: unknown): void => {
    if (!(error instanceof CopyCut)) throw error;
    cut ??= error.trouble;
  };
  try {
    await limit.within(meetAll(copy, observer, AbortSignal.any([run.signal, limit.signal])));
  } catch (error) {
    cutBy(error);
  }
  observer.stop();
  await observer.decideLayout();
  try {
    if (!limit.signal.aborted) await limit.within(reading.finish());
    copy.check?.();
  } catch (error) {
    cutBy(error);
  }
  return observer.observation(cut);
}

// --- internal ---

async function meetAll(copy: Copy, observer: Observer, signal: AbortSignal): Promise<void> {
  let turn = 0;
  const tidy = tidier(OF_VERIFICATIONS);
  for await (const entry of copy.entries(signal)) {
    const isDone = observer.meet(entry);
    if (isDone !== undefined) await isDone;
    tidy();
    if (++turn % TURN === 0) await observer.turn();
  }
}

/** Entries between two turns of the event loop. */
const TURN = 512;
/** So many first names decide on the layout. */
const FIRST_NAMES = 500;
/** Of hostile names so many are told by name. */
const MOST_UNSAFE = 10_000;

/** An observation that has no path yet. */
interface Met {
  readonly name: string;
  readonly observed: Observed;
  readonly digest: number | null;
}

class Observer {
  readonly #input: ObserveInput;
  readonly #run: Run;
  /** Undefined until it is decided; what was met so far waits. */
  #layout: Layout | undefined;
  #waiting: Met[] = [];
  #fileCount = 0;
  #bytesRead = 0;
  #insideCount = 0;
  #outsideCount = 0;
  readonly #unsafeNames: string[] = [];
  /** Nothing more is taken: the time was over while somebody still read. */
  #isStopped = false;

  constructor(input: ObserveInput, run: Run) {
    this.#input = input;
    this.#run = run;
    if (input.copy.hasOwnPaths === true) this.#layout = { strip: "", prefix: "", maps: [] };
  }

  observation(cut: ObservedTrouble | null): Observation {
    return {
      layout: this.#layout!,
      cut: cut ?? this.#whollyOutside(),
      outsideCount: this.#outsideCount,
      unsafeNames: this.#unsafeNames,
      bytesRead: this.#readBytes(),
      isEmpty: this.#insideCount + this.#outsideCount + this.#unsafeNames.length === 0,
    };
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Lets the hash threads' answers and Ctrl-C in. */
  async turn(): Promise<void> {
    this.#run.signal.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
    await this.#input.reading.room();
    const { files: totalFiles, bytes: totalBytes } = this.#input.expected;
    const bytes = this.#readBytes();
    this.#run.monitor.progress({
      phase: "read",
      files: this.#fileCount,
      bytes,
      totalFiles,
      totalBytes,
    });
  }

  meet(entry: CopyEntry): Promise<void> | void {
    this.#mayGoOn();
    const isOwn = this.#input.copy.hasOwnPaths === true;
    const name = isOwn ? entry.name : plainName(entry.name);
    if (name === undefined) {
      const isTold = entry.type !== "other" && this.#unsafeNames.length < MOST_UNSAFE;
      if (isTold && entry.name.split("/").includes("..")) this.#unsafeNames.push(entry.name);
      return;
    }
    if (entry.isFolder === true && this.#met(name) === undefined) return;
    this.#fileCount++;
    const { content } = entry;
    if (content === null) return this.#place(name, entry, entry);
    const givenBytes = this.#bytesRead + this.#input.reading.givenBytes;
    const unread = this.#input.leaveUnread(name, givenBytes);
    if (unread !== undefined) return this.#place(name, entry, { trouble: unread });
    switch (content.kind) {
      case "bytes":
        return this.#hash(name, entry, content);
      case "file":
        return this.#place(name, entry, {}, this.#input.reading.add(content.file));
      case "stored":
        return this.#place(name, entry, { checksum: content.checksum });
      case "link":
        return this.#place(name, entry, this.#linked(content.to));
    }
  }

  async decideLayout(): Promise<void> {
    if (this.#layout !== undefined) return;
    this.#layout = await this.#input.layoutFor(this.#waiting.map(({ name }) => name));
    for (const met of this.#waiting) this.#add(met);
    this.#waiting = [];
  }

  // --- internal ---

  #mayGoOn(): void {
    this.#input.limit.check();
    if (this.#isStopped) throw this.#input.limit.cut;
  }

  /** A layout that fits no name at all is wrong: it makes nothing missing. */
  #whollyOutside(): ObservedTrouble | null {
    if (this.#outsideCount === 0 || this.#insideCount > 0) return null;
    const why = `LAYOUT: none of its ${this.#outsideCount} names lies where the layout says`;
    return { kind: "unverifiable", why };
  }

  #readBytes(): number {
    return this.#bytesRead + this.#input.reading.sizeBytes;
  }

  /** `late` is what reading told, beside or instead of what the entry says. */
  #place(
    name: string,
    entry: CopyEntry,
    late: Partial<Observed>,
    digest: number | null = null,
  ): Promise<void> | void {
    const { type, target, sizeBytes, mtimeUs, ctimeUs, trouble } = entry;
    const observed: Observed = {
      path: "",
      type: late.type ?? type,
      target: late.target ?? target,
      sizeBytes: late.sizeBytes ?? sizeBytes,
      mtimeUs,
      ctimeUs,
      checksum: late.checksum ?? null,
      trouble: late.trouble ?? trouble,
    };
    const met = { name, observed, digest };
    if (this.#isStopped) return;
    if (this.#layout !== undefined) return this.#add(met);
    this.#waiting.push(met);
    if (this.#waiting.length === FIRST_NAMES) return this.decideLayout();
  }

  #add({ name, observed, digest }: Met): void {
    const path = this.#input.copy.hasOwnPaths === true ? name : pathOfName(this.#layout!, name);
    if (path === undefined) {
      this.#outsideCount++;
      return;
    }
    this.#insideCount++;
    this.#input.observations.add({ ...observed, path }, digest);
  }

  #hash(
    name: string,
    entry: CopyEntry,
    content: Extract<Content, { kind: "bytes" }>,
  ): Promise<void> | void {
    const hasher = newSha256();
    let sizeBytes = 0;
    const take = (piece: Uint8Array): void => {
      this.#mayGoOn();
      hasher.update(piece);
      sizeBytes += piece.length;
    };
    const done = (flaw?: Pick<Observed, "trouble">): Promise<void> | void => {
      this.#bytesRead += sizeBytes;
      return this.#place(name, entry, {
        sizeBytes,
        checksum: hasher.digest("hex"),
        trouble: flaw?.trouble ?? null,
      });
    };
    const failed = (error: unknown): Promise<void> | void => {
      if (error instanceof EntryFlaw) return done(error);
      this.#bytesRead += sizeBytes;
      if (error instanceof EntryTrouble)
        return this.#place(name, entry, { trouble: error.trouble });
      // What was cut in the middle is not missing: it is there, and nothing is known of it.
      if (error instanceof CopyCut) void this.#place(name, entry, { trouble: error.trouble });
      throw error;
    };
    try {
      const isRead = content.read(take);
      return isRead === undefined ? done() : isRead.then(() => done(), failed);
    } catch (error) {
      return failed(error);
    }
  }

  #met(name: string): Observed | undefined {
    if (this.#layout === undefined) {
      return this.#waiting.findLast((met) => met.name === name)?.observed;
    }
    const path = pathOfName(this.#layout, name);
    return path === undefined ? undefined : this.#input.observations.find(path);
  }

  /** The content of an entry that came before. */
  #linked(to: string): Partial<Observed> {
    const name = plainName(to);
    const known = name === undefined ? undefined : this.#met(name);
    if (known === undefined) {
      const why = "LINK: a hard link to what is not in the copy before it";
      return { trouble: { kind: "unverifiable", why } };
    }
    const { type, target, checksum, sizeBytes, trouble } = known; // of a symlink, where it leads
    return { type, target, checksum, sizeBytes, trouble };
  }
}
