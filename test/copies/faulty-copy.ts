// The planted-fault matrix: a tree is recorded, a copy of it is damaged in every way there is, packed by the real tool, and each fault must
// be found and called by its name, and nothing else. Contents are random, so that no two files are alike by chance.
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { onTestFinished } from "bun:test";
import type { Backupset } from "#core/config/config.ts";
import type { Finding, FindingKind } from "#core/proof/finding.ts";
import type { Layout } from "#core/proof/layout.ts";
import { pathBytes } from "#core/path-bytes.ts";
import type { Verification } from "#core/proof/verification.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { openTarget, type Target } from "#jobs/verify/target.ts";
import { verify, type VerifyInput } from "#jobs/verify/verify.ts";
import { Random } from "#test/db/random.ts";
import { Trial } from "#test/jobs/scan-trial.ts";

const IS_SOAK = process.env["BSV_SOAK"] === "1";
/** So many faults are planted into each copy, in so many trees: the 2,000 and its twenty clean runs in the long run. */
export const FAULTS = IS_SOAK ? 100 : 32;
export const ROUNDS = IS_SOAK ? 20 : 1;
const SEED = 20_261_122;

export interface Names {
  /** Which of the awkward names this kind of copy can hold at all. */
  readonly canHold: (name: string) => boolean;
  readonly symlinks: boolean;
  readonly hardLinks: boolean;
}

export const ALL_NAMES: Names = { canHold: () => true, symlinks: true, hardLinks: true };

export interface Told {
  readonly findings: Finding[];
  readonly verification: Verification;
  readonly layout: Layout;
}

export class FaultyCopy {
  readonly trial: Trial;
  /** What is recorded, and what is damaged. */
  readonly tree: string;
  copy: string;
  row!: SnapshotRow;
  readonly #random: Random;
  readonly #names: Names;
  /** Files that have no fault yet: every fault has its own. */
  readonly #sound: string[] = [];
  readonly #twins: [string, string][] = [];
  #isClosed = false;
  /** `kind path`, of every fault planted. */
  readonly expected: string[] = [];

  private constructor(trial: Trial, names: Names, round: number) {
    this.trial = trial;
    this.#random = new Random(SEED + round);
    this.#names = names;
    this.tree = trial.tree;
    this.copy = `${trial.home}/copy`;
  }

  /** A tree of `count` files, another one each round, recorded, and an untouched copy of it. Goes when the test ends. */
  static async open(count: number, names: Names = ALL_NAMES, round = 0): Promise<FaultyCopy> {
    const trial = await Trial.open();
    const made = new FaultyCopy(trial, names, round);
    onTestFinished(() => made.close());
    made.#grow(count);
    Bun.spawnSync(["cp", "-a", made.tree, made.copy]); // exact names and times
    made.row = (await trial.scan()).row;
    return made;
  }

  /** Once; later it does nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.trial.close();
  }

  /** From now on what is damaged is the source itself. */
  plantInSource(): this {
    rmSync(this.copy, { recursive: true });
    this.copy = this.tree;
    return this;
  }

  /** Damages the copy; `expected` says how it must be called. */
  plant(count: number, faults: readonly Fault[] = FAULT_KINDS): void {
    for (let nr = 0; nr < count; nr++) this.#plantOne(faults[nr % faults.length]!, nr);
  }

  /** What verify says of a target, or of the source without one. */
  async verify(
    target: string | undefined,
    {
      passwordFile,
      trustsChecksum = false,
      ...wishes
    }: Partial<VerifyInput> & Partial<Target> = {},
    rules: Partial<Backupset> = {},
  ): Promise<Told> {
    const { trial, row } = this;
    const opened = await openTarget(
      trial.scope,
      {
        copy: target,
        name: undefined,
        layout: undefined,
        marker: undefined,
        passwordFile,
        trustsChecksum,
      },
      {
        row,
        definition: trial.set(rules),
        isOwn: true,
        dataDir: trial.dataDir,
        resolve: (path) => path,
      },
    );
    const findings: Finding[] = [];
    const input: VerifyInput = {
      row,
      ...opened,
      sample: undefined,
      maxBytes: undefined,
      maxMs: undefined,
      ignoreMtime: false,
      isComposed: false,
      dataDir: trial.dataDir,
      threads: 2,
      ...wishes,
    };
    const { verification, layout } = await verify(
      trial.scope,
      input,
      async (finding) => void findings.push(finding),
      trial.run,
    );
    return { findings, verification, layout };
  }

  path(name: string): string {
    return `${this.tree}/${name}`;
  }

  // --- internal ---

  #grow(count: number): void {
    for (let nr = 0; nr < count; nr++) {
      const folder = `d${nr % 7}/${nr % 3 === 0 ? "deep/er/" : ""}`;
      this.#write(
        `${folder}file-${nr}.bin`,
        1 + this.#random.below(nr % 10 === 0 ? 300_000 : 9000),
      );
    }
    for (let nr = 0; nr < count / 8; nr++) {
      const twins: [string, string] = [`d4/twin-${nr}.a`, `d5/twin-${nr}.b`];
      const sizeBytes = 10 + this.#random.below(5000);
      for (const name of twins) this.#write(name, sizeBytes, false);
      this.#twins.push(twins);
    }
    for (const name of AWKWARD.filter((one) => this.#names.canHold(one))) {
      this.#write(`odd/${name}`, 100 + this.#random.below(900));
    }
    writeFileSync(`${this.tree}/d1/empty`, "");
    if (this.#names.symlinks) symlinkSync("../d0", `${this.tree}/d1/link`);
    if (this.#names.hardLinks) linkSync(`${this.tree}/d1/file-1.bin`, `${this.tree}/d2/hard`);
  }

  #write(name: string, sizeBytes: number, mayHaveFault = true): void {
    const path = bytesOf(this.tree, name);
    mkdirSync(pathBytes(`${this.tree}/${name.slice(0, name.lastIndexOf("/"))}`), {
      recursive: true,
    });
    writeFileSync(path, this.#bytes(sizeBytes));
    // Quarters are exact in a double, so that they can be put back.
    const seconds = 1_500_000_000 + this.#random.below(200_000_000) + this.#random.below(4) / 4;
    utimesSync(path, seconds, seconds);
    // A fault in one name of a hard link would be one in both.
    if (mayHaveFault && name !== "d1/file-1.bin") this.#sound.push(name);
  }

  #bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < count; i++) bytes[i] = this.#random.below(256);
    return bytes;
  }

  /** A file that is still sound, of at least so many bytes. */
  #take(least = 1): string {
    for (;;) {
      const [name] = this.#sound.splice(this.#random.below(this.#sound.length), 1);
      if (name === undefined) throw new Error("the tree is too small for so many faults");
      if (lstatSync(bytesOf(this.copy, name)).size >= least) return name;
    }
  }

  #expect(kind: FindingKind, name: string): void {
    this.expected.push(`${kind} ${this.path(name)}`);
  }

  #plantOne(fault: Fault, nr: number): void {
    const isOnNone = fault === "extra" || fault === "swapped twins";
    const name = isOnNone ? "" : this.#take(fault === "truncation" ? 2 : 1);
    const path = bytesOf(this.copy, name);
    switch (fault) {
      case "bit flip": {
        this.#keepingTimes(path, (bytes) => {
          const at = this.#random.below(bytes.length);
          bytes[at] = bytes[at]! ^ (1 << this.#random.below(8));
        });
        return this.#expect("corrupted", name);
      }
      case "truncation": {
        const { size, atimeMs, mtimeMs } = lstatSync(path);
        truncateSync(path, this.#random.below(size));
        utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
        return this.#expect("modified", name);
      }
      case "missing":
        rmSync(path);
        return this.#expect("missing", name);
      case "extra": {
        const extra = `d0/extra-${nr}`;
        writeFileSync(bytesOf(this.copy, extra), this.#bytes(50));
        return this.#expect("extra", extra);
      }
      case "swapped twins": {
        // Made alike in size and time, so that nothing but the bytes can tell them apart.
        const twins = this.#twins.pop();
        if (twins === undefined) throw new Error("the tree has too few twins");
        const [one, two] = twins;
        const [first, second] = [one, two].map((of) => readFileSync(bytesOf(this.copy, of)));
        this.#keepingTimes(bytesOf(this.copy, one), (bytes) => bytes.set(second!));
        this.#keepingTimes(bytesOf(this.copy, two), (bytes) => bytes.set(first!));
        this.#expect("corrupted", one);
        return this.#expect("corrupted", two);
      }
      case "renamed":
        renameSync(path, bytesOf(this.copy, `d3/renamed-${nr}`));
        return this.#expect("moved", name);
      case "case changed": {
        const at = name.lastIndexOf("/") + 1;
        const other = name.slice(0, at) + name.slice(at).toUpperCase();
        if (other === name) return this.#plantOne(fault, nr);
        renameSync(path, bytesOf(this.copy, other));
        return this.#expect("moved", name);
      }
      case "touched":
        utimesSync(path, 1_600_000_123, 1_600_000_123);
        return this.#expect("touched", name);
    }
  }

  #keepingTimes(path: Buffer, change: (bytes: Buffer) => void): void {
    const { atimeMs, mtimeMs } = lstatSync(path);
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(path, bytes);
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  }
}

export type Fault = (typeof FAULT_KINDS)[number];

export const FAULT_KINDS = [
  "bit flip",
  "truncation",
  "missing",
  "extra",
  "swapped twins",
  "renamed",
  "case changed",
  "touched",
] as const;

/** Findings as `expected` has them. */
export const named = (findings: readonly Finding[]): string[] =>
  findings.map(({ kind, path }) => `${kind} ${path}`).sort();

// --- internal ---

const bytesOf = (folder: string, name: string): Buffer => pathBytes(`${folder}/${name}`);

const AWKWARD = [
  " leading",
  "-rf",
  "a\nb",
  "\u001b[31mred",
  "back\\slash",
  '"quoted"',
  "\u{1f600}",
  "é",
  "\udcff\udcfe",
  "almost\udcc3",
  "n".repeat(180),
  `${"folder-".repeat(20)}/${"name-".repeat(20)}`,
  "*?[x]",
];
