// Rollback that is interrupted, killed or runs out of room: nothing is half-written, no content is lost, and saying it again finishes it.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Random } from "#test/db/random.ts";
import { RollbackTrial, standing } from "./rollback-trial.ts";

let trial: RollbackTrial;
beforeEach(async () => {
  trial = await RollbackTrial.open();
});
afterEach(() => trial.close());

const KILLS = process.env["BSV_SOAK"] === "1" ? 300 : 12;
const inTree = (name: string) => `${trial.tree}/${name}`;

test("Ctrl-C in the middle leaves nothing half-written, and the next run finishes", async () => {
  for (let i = 0; i < 30; i++) trial.write(`d${i % 3}/${i}`, Buffer.alloc(200_000, i));
  const then = await trial.scan();
  const wanted = standing(trial.tree);
  const copy = trial.copy();
  for (let i = 0; i < 3; i++) rmSync(inTree(`d${i}`), { recursive: true });
  const { controller } = trial.trial;
  const timer = setInterval(() => {
    if (existsSync(inTree("d1"))) controller.abort(new Error("Ctrl-C"));
  }, 1);
  const run = trial.apply(then, { copies: [copy] });
  expect(await failureOf(run)).toMatchObject({ message: "Ctrl-C" });
  clearInterval(timer);
  const half = standing(trial.tree);
  expect(half.size).toBeLessThan(30);
  for (const [name, content] of half) expect([name, content]).toEqual([name, wanted.get(name)!]);
  Object.assign(trial.trial, { controller: new AbortController() });
  expect((await trial.apply(then, { copies: [copy] })).done.createdCount).toBe(30 - half.size);
  expect(standing(trial.tree)).toEqual(wanted);
});

test("I1: killed at any moment, no content is lost and none is half; the last run gives the target", async () => {
  const random = new Random(7);
  // Each file goes to another's place, so that every content is overwritten somewhere, and there is no copy.
  const names = Array.from({ length: 150 }, (_, i) => `d${i % 5}/${i}`);
  for (const [i, name] of names.entries()) trial.write(name, `content ${i}`);
  const then = await trial.scan();
  const wanted = standing(trial.tree);
  const known = new Set(wanted.values());
  const shift = async () => {
    for (const name of names) renameSync(inTree(name), inTree(`${name}.x`));
    for (const [i, name] of names.entries())
      renameSync(inTree(`${name}.x`), inTree(names[(i + 7) % 150]!));
    trial.write("extra", "goes at the end");
    await trial.scan();
    for (const text of standing(trial.tree).values()) known.add(text);
  };
  let kills = 0;
  for (let isDone = true; kills < KILLS;) {
    if (isDone) await shift();
    isDone = await isDoneBefore(100 + random.below(500), then.snapshotId);
    if (!isDone) kills++;
    const there = standing(trial.tree);
    expect(contentsOf(there)).toEqual(expect.arrayContaining(contentsOf(wanted)));
    for (const [name, content] of there) {
      if (!name.endsWith(".tmp")) expect([name, known.has(content)]).toEqual([name, true]);
    }
    if (isDone) expect(there).toEqual(wanted);
  }
  expect((await trial.apply(then, { isDeleting: true })).isComplete).toBe(true);
  expect(standing(trial.tree)).toEqual(wanted);
}, 3_600_000);

test.if(process.getuid?.() === 0 && process.platform === "linux")(
  "a full disk refuses before it begins, or ends in the middle with nothing half-written",
  async () => {
    const mount = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", trial.tree]);
    if (!mount.success) return console.warn("tmpfs cannot be mounted here");
    try {
      for (let i = 0; i < 4; i++) trial.write(`d${i}/x`, Buffer.alloc(1 << 20, i));
      const then = await trial.scan();
      const wanted = standing(trial.tree);
      const copy = trial.copy();
      for (let i = 0; i < 4; i++) rmSync(inTree(`d${i}`), { recursive: true });
      const filler = inTree("filler");
      writeFileSync(filler, Buffer.alloc(5 << 20));
      const early = trial.apply(then, { copies: [copy] });
      expect(await failureOf(early)).toMatchObject({ code: "disk_full" });
      expect(readdirSync(trial.tree)).toEqual(["filler"]);
      rmSync(filler);
      // Somebody else takes the room while it works.
      const timer = setInterval(() => {
        if (existsSync(inTree("d1"))) fill(filler);
      }, 1);
      const late = trial.apply(then, { copies: [copy] });
      expect(await failureOf(late)).toMatchObject({ code: "disk_full" });
      clearInterval(timer);
      rmSync(filler, { force: true });
      const half = standing(trial.tree);
      for (const [name, content] of half)
        expect([name, content]).toEqual([name, wanted.get(name)!]);
      expect((await trial.apply(then, { copies: [copy] })).isComplete).toBe(true);
      expect(standing(trial.tree)).toEqual(wanted);
    } finally {
      Bun.spawnSync(["umount", trial.tree]);
    }
  },
);

test("what stands in the place of two files that were exchanged is put aside, never lost, and taken away at the end", async () => {
  trial.write("a", "first");
  trial.write("b", "second");
  const then = await trial.scan();
  renameSync(inTree("a"), inTree("x"));
  renameSync(inTree("b"), inTree("a"));
  renameSync(inTree("x"), inTree("b"));
  await trial.scan();
  // As if a run had been killed when both had been put aside and one was overwritten.
  const name = (content: string) =>
    `.bsv-rollback-${new Bun.CryptoHasher("sha256").update(content).digest("hex")}`;
  writeFileSync(inTree(name("first")), "first");
  writeFileSync(inTree(name("second")), "second");
  trial.write("a", "first");
  rmSync(inTree("b"));
  mkdirSync(inTree("sub"));
  writeFileSync(inTree("sub/.bsv-rollback-0123456789abcdef.tmp"), "half");
  expect((await trial.apply(then)).isComplete).toBe(true);
  expect([...standing(trial.tree).keys()]).toEqual(["a", "b"]);
});

/** Rolls back in a process of its own; whether it ended before it was killed. */
async function isDoneBefore(ms: number, snapshotId: string): Promise<boolean> {
  const { home } = trial.trial;
  const child = Bun.spawn(["bun", `${import.meta.dir}/child-rollback.ts`, home, snapshotId], {
    stdout: "ignore",
    stderr: "inherit",
  });
  await Promise.race([child.exited, Bun.sleep(ms)]);
  child.kill("SIGKILL");
  return (await child.exited) === 0;
}

const failureOf = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => "no failure",
    (error: unknown) => error,
  );

const contentsOf = (files: Map<string, string>): string[] =>
  [...files.values()].map((text) => text.slice(0, text.lastIndexOf(" @")));

function fill(path: string): void {
  try {
    writeFileSync(path, Buffer.alloc(8 << 20));
  } catch {
    // ENOSPC: this is what it is for
  }
}
