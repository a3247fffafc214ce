// Rollback on a real disk: what the plan says, and that carrying it out gives exactly what the snapshot says, and loses nothing else.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { rescuedChecksum } from "#disk/restore-name.ts";
import { isCaseBlind } from "#disk/case-blind.ts";
import { randomNames } from "#test/faults/names.ts";
import { Random } from "#test/db/random.ts";
import { RollbackTrial, standing, told } from "./rollback-trial.ts";

const TREES = process.env["BSV_SOAK"] === "1" ? 500 : 12;

let trial: RollbackTrial;
beforeEach(async () => {
  trial = await RollbackTrial.open();
});
afterEach(() => trial.close());

const rm = (name: string) => rmSync(`${trial.tree}/${name}`, { recursive: true });

describe("the plan", () => {
  test("says what is created, overwritten, touched, deleted and kept, and where content can be had", async () => {
    for (const name of ["kept", "lost", "changed", "touched", "moved"]) trial.write(name, name);
    const then = await trial.scan();
    const copy = trial.copy();
    rmSync(`${copy}/changed`);
    rm("lost");
    trial.write("changed", "other");
    trial.write("touched", "touched", 1_800_000_000);
    renameSync(`${trial.tree}/moved`, `${trial.tree}/new`);
    await trial.scan();
    const before = standing(trial.tree);
    const steps = await trial.plan(then, { copies: [copy] });
    expect(told(steps, trial.tree)).toEqual([
      "overwrite changed",
      "keep kept",
      "create lost",
      "create moved",
      "delete new",
      "touch touched",
    ]);
    const sources = steps.flatMap(({ source }) => (source === null ? [] : [source]));
    expect(sources).toEqual([
      { place: "nowhere" },
      { place: "copy", path: `${copy}/lost` },
      { place: "copy", path: `${copy}/moved` },
    ]);
    const alone = await trial.plan(then);
    expect(alone.find(({ path }) => path.endsWith("moved"))!.source).toEqual({
      place: "here",
      path: `${trial.tree}/new`,
    });
    expect(standing(trial.tree)).toEqual(before);
  });

  test("what no snapshot has seen is in conflict, until it is scanned", async () => {
    trial.write("a", "one");
    const then = await trial.scan();
    trial.write("a", "two, never recorded");
    trial.write("b", "neither");
    expect(told(await trial.plan(then), trial.tree)).toEqual([
      "overwrite a (changed_since)",
      "delete b (changed_since)",
    ]);
    await trial.scan();
    expect(told(await trial.plan(then), trial.tree)).toEqual(["overwrite a", "delete b"]);
  });

  test("I6: what lay under an unreadable folder, or lies under an offline root, is unknown", async () => {
    trial.write("open/a", "a");
    trial.write("shut/b", "b");
    const row = (await trial.trial.settledScan()).row;
    rmSync(trial.tree, { recursive: true });
    expect(trial.plan(row)).rejects.toMatchObject({ code: "no_usable_root" });
  });
});

describe("carrying it out", () => {
  test("gives exactly what the snapshot says: bytes, targets, times; modes as the copy has them", async () => {
    trial.write("a/one", "1");
    trial.write("a/two", "2", 1_500_000_000.123456);
    trial.write("empty", "");
    trial.link("a/link", "../nowhere \udcff");
    chmodSync(`${trial.tree}/a/one`, 0o640);
    chmodSync(`${trial.tree}/a`, 0o750);
    const then = await trial.scan();
    const wanted = standing(trial.tree);
    const copy = trial.copy();
    chmodSync(`${copy}/a`, 0o750);
    rm("a");
    rm("empty");
    trial.write("b", "x");
    await trial.scan();
    const summary = await trial.apply(then, { copies: [copy], isDeleting: true });
    expect(summary).toMatchObject({ isComplete: true, done: { createdCount: 4, deletedCount: 1 } });
    expect(standing(trial.tree)).toEqual(wanted);
    expect(lstatSync(`${trial.tree}/a/one`).mode & 0o777).toBe(0o640);
    expect(lstatSync(`${trial.tree}/a`).mode & 0o777).toBe(0o750);
    expect((await trial.plan(then)).every(({ action }) => action === "keep")).toBe(true);
  });

  test("nothing is deleted unless it is said", async () => {
    trial.write("a", "a");
    const then = await trial.scan();
    trial.write("b", "b");
    await trial.scan();
    const { done, isComplete } = await trial.apply(then);
    expect([done.leftCount, done.deletedCount, isComplete]).toEqual([1, 0, true]);
    expect([...standing(trial.tree).keys()]).toEqual(["a", "b"]);
  });

  test("two files that changed places change back, without any copy", async () => {
    trial.write("a", "first");
    trial.write("b/c", "second");
    const then = await trial.scan();
    const wanted = standing(trial.tree);
    renameSync(`${trial.tree}/a`, `${trial.tree}/x`);
    renameSync(`${trial.tree}/b/c`, `${trial.tree}/a`);
    renameSync(`${trial.tree}/x`, `${trial.tree}/b/c`);
    await trial.scan();
    expect((await trial.apply(then)).isComplete).toBe(true);
    expect(standing(trial.tree)).toEqual(wanted);
  });

  test("a folder where a file was, and a file where a folder was, give way when deleting is allowed", async () => {
    trial.write("a", "a file");
    trial.write("b/c/d", "below");
    const then = await trial.scan();
    const wanted = standing(trial.tree);
    const copy = trial.copy();
    rm("a");
    rm("b");
    trial.write("a/deep/er", "in the way");
    trial.write("b", "too");
    await trial.scan();
    const careful = await trial.apply(then, { copies: [copy] });
    expect(careful).toMatchObject({
      isComplete: false,
      done: { refusedCount: 2, createdCount: 0 },
    });
    expect((await trial.apply(then, { copies: [copy], isDeleting: true })).isComplete).toBe(true);
    expect(standing(trial.tree)).toEqual(wanted);
  });

  test("neither a scan nor another rollback of the set may run beside it", async () => {
    trial.write("a", Buffer.alloc(8 << 20));
    const then = await trial.scan();
    const copy = trial.copy();
    rm("a");
    const running = trial.apply(then, { copies: [copy] });
    const second = trial.apply(then, { copies: [copy] });
    expect(await second.catch((error: Error) => error.message)).toContain("is being rolled back");
    expect((await running).isComplete).toBe(true);
  });

  test("hard links that had times of their own get them back, without each other's", async () => {
    trial.write("a", "content", 1_500_000_000);
    trial.write("b", "content", 1_600_000_000);
    const then = await trial.scan();
    const wanted = standing(trial.tree);
    rm("b");
    linkSync(`${trial.tree}/a`, `${trial.tree}/b`);
    await trial.scan();
    expect((await trial.apply(then)).isComplete).toBe(true);
    expect(standing(trial.tree)).toEqual(wanted);
  });

  test("names that differ only in case are told; where the file system tells them apart, both come back", async () => {
    trial.write("Docs/x", "1");
    trial.write("docs/x", "2");
    const then = await trial.scan();
    const copy = trial.copy();
    rm("Docs");
    rm("docs");
    const steps = await trial.plan(then, { copies: [copy] });
    expect(steps.map(({ collidesWith }) => collidesWith)).toEqual([null, `${trial.tree}/Docs`]);
    const isBlind = isCaseBlind(trial.tree);
    expect(steps[1]!.conflict).toBe(isBlind ? "case_collision" : null);
    expect((await trial.apply(then, { copies: [copy] })).done.createdCount).toBe(isBlind ? 1 : 2);
  });

  for (let seed = 1; seed <= TREES; seed++) {
    test(`I5: carrying the plan out gives the target, whatever changed (tree ${seed})`, async () => {
      const change = changer(seed);
      change(60);
      const then = await trial.scan();
      const wanted = standing(trial.tree);
      const copy = `${trial.trial.home}/copy`;
      Bun.spawnSync(["cp", "-a", trial.tree, copy]);
      change(60);
      await trial.scan();
      const summary = await trial.apply(then, { copies: [copy], isDeleting: true });
      expect(trial.trial.troubles).toEqual([]);
      expect(summary.isComplete).toBe(true);
      expect(standing(trial.tree)).toEqual(wanted);
      expect(standing(copy)).toEqual(wanted);
      const diff = Bun.spawnSync(["diff", "-rq", "--no-dereference", copy, trial.tree]);
      // Empty folders are not witnessed; diff names them as "Only in".
      expect(diff.stdout.toString("latin1")).not.toMatch(/^(Files|File|Binary files|Symbolic) /m);
    });

    test(`without a copy no path is anything but then or now, and no content that is wanted is lost (tree ${seed})`, async () => {
      const change = changer(seed);
      change(60);
      const then = await trial.scan();
      const wanted = standing(trial.tree);
      change(60);
      await trial.scan();
      const before = standing(trial.tree);
      await trial.apply(then, { isDeleting: true });
      const after = standing(trial.tree);
      for (const [path, text] of after) {
        if (rescuedChecksum(path) !== undefined) continue;
        expect([wanted.get(path), before.get(path)]).toContain(text);
      }
      const there = new Set(contentsOf(after));
      const had = new Set(contentsOf(before));
      for (const content of contentsOf(wanted)) {
        if (had.has(content) && !content.startsWith("->")) expect(there).toContain(content);
      }
    });
  }
});

/** Changes that come to the same for the same seed. */
function changer(seed: number): (count: number) => void {
  const random = new Random(seed);
  const names = randomNames(60, seed).map((name) => name.subarray(0, 100));
  const folders: Buffer[] = [Buffer.from(trial.tree)];
  return (count) => {
    for (let i = 0; i < count; i++) changeOne(random, names, folders);
  };
}

const contentsOf = (files: Map<string, string>): string[] =>
  [...files.values()].map((text) => text.slice(0, text.lastIndexOf(" @")));

/** Makes, changes, moves, swaps or removes something somewhere below the tree. */
function changeOne(random: Random, names: readonly Buffer[], folders: Buffer[]): void {
  const inFolder = () =>
    Buffer.concat([random.pick(folders), Buffer.from("/"), random.pick(names)]);
  const path = inFolder();
  const mtime = 1_000_000_000 + random.below(700_000_000) + random.below(1_000_000) / 1e6;
  try {
    switch (random.below(7)) {
      case 0:
        mkdirSync(path);
        folders.push(path);
        break;
      case 1:
        rmSync(path, { recursive: true });
        break;
      case 2:
        renameSync(path, inFolder());
        break;
      case 3:
        symlinkSync(inFolder(), path);
        break;
      default:
        if (!existsSync(path) || lstatSync(path).isFile()) {
          writeFileSync(path, Buffer.alloc(random.below(4) * 1000, random.below(5)));
          utimesSync(path, mtime, mtime);
        }
    }
  } catch {
    // The name is taken, or its folder is gone: then this change is none.
  }
}
