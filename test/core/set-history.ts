// A backupset as it lives: a made-up tree that is worked on day by day, and what attackers do to it. Each day gives the measures of
// its step, by the same code that measures a store's differences.
import type { Entry } from "#core/entry.ts";
import { Measuring, type Measures } from "#core/proof/measures.ts";
import { compareKeys, keyOfPath } from "#core/order.ts";
import { Random } from "#test/db/random.ts";

export const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5, 2); // a Monday

const EXTENSIONS = ["jpg", "docx", "pdf", "txt", "ts", "xlsx", "md", "png", "mp3", "html", "json"];

interface Habits {
  /** Shares of files written on a working day. */
  readonly work: number;
  /** Files of fixed size that are written in place every day: databases, disk images. */
  readonly databases: number;
  readonly rotatesLogs: boolean;
  /** Days between releases; 0: none. */
  readonly releaseEvery: number;
}

export class SetHistory {
  readonly random: Random;
  readonly #habits: Habits;
  readonly files = new Map<string, Entry>();
  #day = 0;
  #contents = 0;
  #changed = new Map<string, Entry | null>();

  constructor(seed: number) {
    this.random = new Random(seed);
    const { random } = this;
    this.#habits = {
      work: (1 + random.below(40)) / 1000,
      databases: random.below(6),
      rotatesLogs: random.below(2) === 0,
      releaseEvery: random.pick([0, 7, 14, 30]),
    };
    const count = 200 + random.below(1800);
    for (let nr = 0; nr < count; nr++)
      this.#create(`/data/dir${nr % 37}/file${nr}.${this.#kind()}`);
    for (const path of this.#some(0.1)) {
      const { checksum, sizeBytes } = this.files.get(path)!;
      this.#put(path.replace("/data/", "/data/copy/"), {
        checksum: checksum!,
        sizeBytes: sizeBytes!,
      });
    }
    for (let nr = 0; nr < this.#habits.databases; nr++)
      this.#create(`/data/db/${nr}.sqlite`, 65_536);
    this.#changed.clear();
  }

  get atMs(): number {
    return START_MS + this.#day * DAY_MS;
  }

  /** A day passes: what is usual happens, and then what somebody else does. */
  step(more: (set: SetHistory) => void = () => {}): Measures {
    const filesBefore = this.files.size;
    const beforeMs = this.atMs;
    this.#day++;
    this.#usual();
    more(this);
    const measuring = new Measuring({
      filesBefore,
      files: this.files.size,
      beforeMs,
      afterMs: this.atMs,
      rootsLost: 0,
      leftOutMore: 0,
      isUnseenBefore: () => false,
      isUnseenAfter: () => false,
    });
    const pairs = [...this.#changed].map(([path, before]) => ({
      key: keyOfPath(path, false),
      before,
      after: this.files.get(path) ?? null,
    }));
    pairs.sort((a, b) => compareKeys(a.key, b.key));
    for (const pair of pairs) if (pair.before !== null || pair.after !== null) measuring.add(pair);
    this.#changed.clear();
    return measuring.measures();
  }

  /** So many of the files there are, by a share; never more than there are. */
  share(share: number): string[] {
    return this.#some(share);
  }

  remove(path: string): Entry {
    const entry = this.files.get(path)!;
    this.#note(path);
    this.files.delete(path);
    return entry;
  }

  /** Another content at a path; `mtimeMs` undefined: the time it had. */
  write(path: string, sizeBytes: number, mtimeMs: number | undefined): void {
    const old = this.files.get(path);
    const mtimeUs = mtimeMs === undefined ? (old?.mtimeUs ?? 0) : Math.floor(mtimeMs * 1000);
    this.#put(path, { sizeBytes, checksum: this.#content(), mtimeUs });
  }

  // --- what is usual ---

  #usual(): void {
    const { random } = this;
    const { work, databases, rotatesLogs, releaseEvery } = this.#habits;
    const isWeekend = [0, 6].includes(new Date(this.atMs).getUTCDay());
    const share = work * (isWeekend ? 0.1 : 1) * (0.5 + random.below(100) / 100);
    const paths = [...this.files.keys()];
    for (let nr = 0; nr < paths.length * share; nr++) {
      // Nine of ten writes go to the tenth of the files that is worked on.
      const isHot = random.below(10) > 0;
      this.#edit(paths[random.below(isHot ? Math.ceil(paths.length / 10) : paths.length)]!);
    }
    for (let nr = 0; nr < random.below(6); nr++)
      this.#create(`/data/new/${this.#day}-${nr}.${this.#kind()}`);
    for (let nr = 0; nr < databases; nr++) this.write(`/data/db/${nr}.sqlite`, 65_536, this.#now());
    if (rotatesLogs) this.#rotateLogs();
    if (releaseEvery > 0 && this.#day % releaseEvery === 0) this.#release();
    if (this.#chance(0.03)) this.#bigImport();
    if (this.#chance(0.02)) this.#cleanUp();
    if (this.#chance(0.01)) this.#reorganise();
    if (this.#chance(0.01)) this.#touchMany();
  }

  #edit(path: string): void {
    const old = this.files.get(path);
    if (old === undefined) return;
    const isSameSize = this.#chance(0.02);
    const growth = Math.floor(
      (this.random.below(1000) - 400) * (1 + (old.sizeBytes ?? 0) / 20_000),
    );
    this.write(path, Math.max(1, old.sizeBytes! + (isSameSize ? 0 : growth)), this.#now());
  }

  #rotateLogs(): void {
    for (const log of ["app", "web", "mail"]) {
      for (let nr = 9; nr >= 0; nr--) {
        const path = `/data/log/${log}.log.${nr}.gz`;
        if (!this.files.has(path)) continue;
        const entry = this.remove(path);
        if (nr < 9) this.#put(`/data/log/${log}.log.${nr + 1}.gz`, entry as Partial<Entry>);
      }
      this.write(`/data/log/${log}.log.0.gz`, 500 + this.random.below(9000), this.#now());
    }
  }

  /** Much is rewritten at once, copies of it too, and all carries the time of the build. */
  #release(): void {
    const atMs = this.#now();
    for (const path of this.#some((10 + this.random.below(30)) / 100)) {
      const copy = path.replace("/data/", "/data/copy/");
      this.#edit(path);
      const { checksum, sizeBytes } = this.files.get(path)!;
      this.#put(path, { mtimeUs: Math.floor(atMs) * 1000 });
      if (this.files.has(copy)) this.#put(copy, { checksum: checksum!, sizeBytes: sizeBytes! });
    }
  }

  #bigImport(): void {
    const count = Math.floor((this.files.size * (5 + this.random.below(200))) / 100);
    const kind = this.#kind();
    for (let nr = 0; nr < count; nr++) this.#create(`/data/import${this.#day}/${nr}.${kind}`);
    if (this.files.size < 20_000) return;
    for (const path of this.#some(0.2)) this.remove(path); // a set does not grow for ever
  }

  #cleanUp(): void {
    for (const path of this.#some((1 + this.random.below(14)) / 100)) this.remove(path);
  }

  #reorganise(): void {
    const dir = `/data/dir${this.random.below(37)}/`;
    const paths = [...this.files.keys()].filter((path) => path.startsWith(dir));
    for (const path of paths) {
      this.#put(path.replace(dir, `/data/moved${this.#day}/`), this.remove(path));
    }
  }

  #touchMany(): void {
    const mtimeUs = Math.floor(this.#now()) * 1000;
    for (const path of this.#some(0.3)) this.#put(path, { mtimeUs });
  }

  // --- internal ---

  #create(path: string, sizeBytes = 1 + Math.floor(Math.exp(this.random.below(1400) / 100))): void {
    const ageDays = Math.exp(this.random.below(700) / 100);
    const mtimeMs = this.#day === 0 ? this.atMs - ageDays * DAY_MS : this.#now();
    this.#put(path, {
      sizeBytes,
      checksum: this.#content(),
      mtimeUs: Math.floor(mtimeMs * 1000),
    });
  }

  #put(path: string, more: Partial<Entry>): void {
    this.#note(path);
    const old = this.files.get(path);
    this.files.set(path, {
      type: "file",
      target: null,
      inode: 1,
      error: null,
      sizeBytes: 0,
      mtimeUs: 0,
      checksum: null,
      ...old,
      ...more,
      path,
    });
  }

  #note(path: string): void {
    if (!this.#changed.has(path)) this.#changed.set(path, this.files.get(path) ?? null);
  }

  #content(): string {
    return Bun.hash(String(this.#contents++) + String(this.#habits.work))
      .toString(16)
      .padStart(16, "0")
      .repeat(4);
  }

  #now(): number {
    return this.atMs - this.random.below(DAY_MS);
  }

  #kind(): string {
    return this.random.pick(EXTENSIONS);
  }

  #chance(of: number): boolean {
    return this.random.below(10_000) < of * 10_000;
  }

  #some(share: number): string[] {
    const paths = [...this.files.keys()];
    const count = Math.min(paths.length, Math.ceil(paths.length * share));
    for (let nr = 0; nr < count; nr++) {
      const other = nr + this.random.below(paths.length - nr);
      [paths[nr], paths[other]] = [paths[other]!, paths[nr]!];
    }
    return paths.slice(0, count);
  }
}
