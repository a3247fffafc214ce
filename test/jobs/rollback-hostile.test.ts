// Rollback against copies, trees and documents that lie, change while they are looked at, or lead elsewhere: what is not proved is
// refused and told, nothing is written outside the root, and nothing is lost.
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { record, file } from "#test/db/sample.ts";
import { RollbackTrial, standing, told } from "./rollback-trial.ts";

let trial: RollbackTrial;
beforeEach(async () => {
  trial = await RollbackTrial.open();
});
afterEach(() => trial.close());

const MIB = 1 << 20;
const big = (seed: number) => Buffer.alloc(24 * MIB, seed);
const inTree = (name: string) => `${trial.tree}/${name}`;
const errors = () => trial.trial.troubles.map(({ error }) => error);
const leftovers = () => readdirSync(trial.tree).filter((name) => name.startsWith(".bsv-rollback"));

function exchange(one: string, other: string): void {
  renameSync(inTree(one), inTree("x"));
  renameSync(inTree(other), inTree(one));
  renameSync(inTree("x"), inTree(other));
}

/** A header as only a foreign hand would write it. */
const sealed = (at: number, roots: object[]) => (entries: Iterable<unknown>) => {
  expect([...entries]).toEqual([]);
  const summary = { file_count: 0, total_size: 0, error_count: 0 };
  const timestamp = new Date(1000 + at).toISOString();
  const names = { machine_id: "devbox", backupset_name: "photos" };
  const headerText = JSON.stringify({ timestamp, ...names, summary, format: 1, roots });
  return { snapshotId: String(at).repeat(64), headerText };
};

test("a copy with other bytes of the same size is refused, and what stood there stays", async () => {
  trial.write("a", "the truth");
  trial.write("b", "also lost");
  const then = await trial.scan();
  const copy = trial.copy();
  writeFileSync(`${copy}/a`, "the trutt");
  truncateSync(`${copy}/b`, 3);
  trial.write("a", "changed!!");
  rmSync(inTree("b"));
  await trial.scan();
  const { done, isComplete } = await trial.apply(then, { copies: [copy] });
  expect(isComplete).toBe(false);
  expect(done).toMatchObject({ refusedCount: 1, unavailableCount: 1, createdCount: 0 });
  expect(errors()).toEqual([
    `NO_GOOD_COPY: ${copy}/a: MISMATCH: the bytes are other ones`,
    "UNAVAILABLE: no copy has the content",
  ]);
  expect(readFileSync(inTree("a"), "utf8")).toBe("changed!!");
  expect(readdirSync(trial.tree)).toEqual(["a"]);
});

test("of two copies the one whose bytes match is taken", async () => {
  trial.write("d/a", "the truth");
  const then = await trial.scan();
  const [bad, good] = [trial.copy(), trial.copy()];
  writeFileSync(`${bad}/d/a`, "the lie!!");
  rmSync(inTree("d"), { recursive: true });
  expect((await trial.apply(then, { copies: [bad, good] })).isComplete).toBe(true);
  expect(readFileSync(inTree("d/a"), "utf8")).toBe("the truth");
});

test("a copy that lies does not cost the good content that stands where another shall stand", async () => {
  trial.write("a", "first");
  trial.write("b", "other");
  const then = await trial.scan();
  const wanted = standing(trial.tree);
  const copy = trial.copy();
  writeFileSync(`${copy}/b`, "wrong");
  exchange("a", "b");
  await trial.scan();
  expect((await trial.apply(then, { copies: [copy] })).isComplete).toBe(true);
  expect(standing(trial.tree)).toEqual(wanted);
});

test("what lies under the name of something put aside is proved before anything is overwritten", async () => {
  trial.write("a", "first");
  trial.write("b", "other");
  const then = await trial.scan();
  exchange("a", "b");
  await trial.scan();
  const before = standing(trial.tree);
  const name = `.bsv-rollback-${new Bun.CryptoHasher("sha256").update("first").digest("hex")}`;
  writeFileSync(inTree(name), "wrong");
  const { done, isComplete } = await trial.apply(then);
  expect([done.overwrittenCount, isComplete]).toEqual([1, false]);
  const contents = [...standing(trial.tree)].map(([, text]) => text.split(" ")[0]);
  for (const text of before.values()) expect(contents).toContain(text.split(" ")[0]!);
});

test("roots that are no whole paths, in a document of somebody else's, are no roots", async () => {
  const { scope } = trial.trial;
  const set = { machineId: "devbox", setName: "photos" };
  for (const [at, path] of ["data", `${trial.tree}/../..`, "./x"].entries()) {
    const roots = [{ path, state: "ok" }];
    const { row } = await record(scope, 1000 + at, [], { set, seal: sealed(at, roots) });
    const failure = await trial.plan(row).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "no_usable_root" });
  }
});

test("a copy may hold what the root holds, the roots by their names, or whole paths", async () => {
  trial.write("d/a", "content");
  const then = await trial.scan();
  const { home } = trial.trial;
  const whole = `${home}/whole`;
  mkdirSync(`${whole}${home}`, { recursive: true });
  renameSync(trial.copy(), `${whole}${trial.tree}`);
  const named = `${home}/named`;
  mkdirSync(named);
  renameSync(trial.copy(), `${named}/tree`);
  for (const copy of [trial.copy(), named, whole]) {
    rmSync(inTree("d"), { recursive: true });
    expect((await trial.apply(then, { copies: [copy] })).done.createdCount).toBe(1);
  }
});

test("I7: a copy that changes while it is read is never taken, even if its size and time stay", async () => {
  trial.write("a", big(1));
  const then = await trial.scan();
  const copy = trial.copy();
  rmSync(inTree("a"));
  const writer = setInterval(() => {
    const { mtime } = statSync(`${copy}/a`);
    writeFileSync(`${copy}/a`, big(2));
    utimesSync(`${copy}/a`, mtime, mtime);
  }, 2);
  try {
    expect((await trial.apply(then, { copies: [copy] })).done.refusedCount).toBe(1);
  } finally {
    clearInterval(writer);
  }
  expect(errors()[0]).toMatch(/MISMATCH|UNSTABLE/);
  expect(readdirSync(trial.tree)).toEqual([]);
});

test("a symlink, a FIFO or a folder in place of a copy is no copy, nor is what lies behind a link", async () => {
  for (const name of ["link", "fifo", "folder", "d/behind"]) trial.write(name, "content");
  const then = await trial.scan();
  const copy = trial.copy();
  for (const name of ["link", "fifo", "folder"]) unlinkSync(`${copy}/${name}`);
  writeFileSync(`${trial.trial.home}/elsewhere`, "content");
  symlinkSync(`${trial.trial.home}/elsewhere`, `${copy}/link`);
  Bun.spawnSync(["mkfifo", `${copy}/fifo`]);
  mkdirSync(`${copy}/folder`);
  renameSync(`${copy}/d`, `${trial.trial.home}/d`);
  symlinkSync(`${trial.trial.home}/d`, `${copy}/d`);
  rmSync(trial.tree, { recursive: true });
  mkdirSync(trial.tree);
  const { done } = await trial.apply(then, { copies: [copy] });
  expect(done).toMatchObject({ unavailableCount: 4, createdCount: 0 });
});

test("a symlink on the way to a place is not followed: nothing is written behind it", async () => {
  trial.write("d/a", "a");
  trial.write("d/b", "b");
  const then = await trial.scan();
  const copy = trial.copy();
  const outside = `${trial.trial.home}/outside`;
  mkdirSync(outside);
  writeFileSync(`${outside}/b`, "not ours");
  rmSync(inTree("d"), { recursive: true });
  symlinkSync(outside, inTree("d"));
  await trial.scan();
  const { done } = await trial.apply(then, { copies: [copy] });
  expect(done).toMatchObject({ createdCount: 0, overwrittenCount: 0, refusedCount: 2 });
  expect(readdirSync(outside)).toEqual(["b"]);
  // The link itself was recorded, so that it may give way.
  expect((await trial.apply(then, { copies: [copy], isDeleting: true })).isComplete).toBe(true);
  expect(readFileSync(`${outside}/b`, "utf8")).toBe("not ours");
  expect(lstatSync(inTree("d")).isDirectory()).toBe(true);
});

test("a folder that is swapped for a symlink again and again lets nothing out of the root", async () => {
  for (let i = 0; i < 40; i++) trial.write(`d/${i}/x`, Buffer.alloc(5_000 + i, i));
  const then = await trial.scan();
  const copy = trial.copy();
  const outside = `${trial.trial.home}/outside`;
  mkdirSync(outside);
  for (let i = 0; i < 40; i++) rmSync(inTree(`d/${i}/x`));
  let isSwapping = true;
  const swap = () => {
    if (!isSwapping) return;
    const isLink = lstatSync(inTree("d")).isSymbolicLink();
    if (isLink) {
      unlinkSync(inTree("d"));
      renameSync(inTree("d2"), inTree("d"));
    } else {
      renameSync(inTree("d"), inTree("d2"));
      symlinkSync(outside, inTree("d"));
    }
    setImmediate(swap);
  };
  swap();
  try {
    await trial.apply(then, { copies: [copy] });
  } finally {
    isSwapping = false;
  }
  expect(readdirSync(outside)).toEqual([]);
});

test("paths that lead out of the root, in a document of somebody else's, are unknown and never written", async () => {
  trial.write("a", "a");
  await trial.scan();
  const paths = ["../escaped", "./x", "d//y", "d/../../escaped"].map((path) => inTree(path));
  const entries = paths.map((path) => file(path, 3)).sort((a, b) => (a.path < b.path ? -1 : 1));
  const set = { machineId: "devbox", setName: "photos" };
  const { row } = await record(trial.trial.scope, Date.now() + 20_000, entries, { set });
  mkdirSync(`${trial.trial.home}/copy`);
  writeFileSync(`${trial.trial.home}/escaped`, "333");
  const steps = await trial.plan(row, { copies: [`${trial.trial.home}/copy`] });
  expect(new Set(steps.map(({ action }) => action))).toEqual(new Set(["delete", "unknown"]));
  const before = readdirSync(trial.trial.home);
  expect((await trial.apply(row)).done).toMatchObject({ unknownCount: 4, createdCount: 0 });
  expect(readdirSync(trial.trial.home)).toEqual(before);
});

test("what appears at a place while its content is copied is not overwritten", async () => {
  trial.write("a", big(1));
  trial.write("b", big(2));
  const then = await trial.scan();
  const copy = trial.copy();
  rmSync(inTree("a"));
  trial.write("b", "recorded");
  await trial.scan();
  const timer = setInterval(() => {
    if (readdirSync(trial.tree).some((name) => name.endsWith(".tmp"))) {
      if (!existsSync(inTree("a"))) writeFileSync(inTree("a"), "new here");
      appendFileSync(inTree("b"), "!");
    }
  }, 1);
  try {
    const { done } = await trial.apply(then, { copies: [copy] });
    expect(done).toMatchObject({ refusedCount: 2, createdCount: 0, overwrittenCount: 0 });
  } finally {
    clearInterval(timer);
  }
  expect(readFileSync(inTree("a"), "utf8")).toBe("new here");
  expect(readFileSync(inTree("b"), "utf8")).toMatch(/^recorded!+$/);
  expect(leftovers()).toEqual([]);
});

test("nobody gets a set-user-id file out of a copy", async () => {
  trial.write("a", "a");
  const then = await trial.scan();
  const copy = trial.copy();
  chmodSync(`${copy}/a`, 0o4755);
  rmSync(inTree("a"));
  await trial.apply(then, { copies: [copy] });
  expect(lstatSync(inTree("a")).mode & 0o7777).toBe(0o755);
});

test("I6: what the snapshot could not see stays as it is, even when deleting is allowed", async () => {
  const set = { machineId: "devbox", setName: "photos" };
  trial.write("shut/a", "a");
  trial.write("seen/b", "b");
  trial.write("odd", "c");
  await trial.scan();
  const nothing = { sizeBytes: null, mtimeUs: null, inode: null, checksum: null };
  const shut = file(inTree("shut"), 1, {
    ...nothing,
    type: "dir",
    error: "EACCES: permission denied",
  });
  const odd = file(inTree("odd"), 1, { checksum: null, error: "EIO: input/output error" });
  const { row } = await record(trial.trial.scope, Date.now() + 20_000, [odd, shut], { set });
  expect(told(await trial.plan(row), trial.tree)).toEqual([
    "unknown odd",
    "delete seen/b",
    "unknown shut",
    "unknown shut/a",
  ]);
  const { done, isComplete } = await trial.apply(row, { isDeleting: true });
  expect([done.deletedCount, done.unknownCount, isComplete]).toEqual([1, 3, false]);
  expect([...standing(trial.tree).keys()]).toEqual(["odd", "shut/a"]);
});

test("I6: what lies under an offline root is unknown, and the other roots are brought back", async () => {
  const other = `${trial.trial.home}/usb`;
  mkdirSync(other);
  writeFileSync(`${other}/x`, "x");
  trial.write("a", "a");
  const definition = trial.trial.set({}, [trial.tree, other]);
  const then = (await trial.trial.settledScan({ set: definition })).row;
  const copy = trial.copy();
  rmSync(other, { recursive: true });
  rmSync(inTree("a"));
  const { done } = await trial.apply(then, { definition, copies: [copy] });
  expect(done).toMatchObject({ createdCount: 1, unknownCount: 1 });
  expect(existsSync(other)).toBe(false);
});

test("I6: content that belongs where one cannot look is neither deleted nor overwritten elsewhere", async () => {
  const other = `${trial.trial.home}/usb`;
  mkdirSync(other);
  for (const name of ["x", "y"]) writeFileSync(`${other}/${name}`, name);
  trial.write("a", "a");
  const definition = trial.trial.set({}, [trial.tree, other]);
  const then = (await trial.trial.settledScan({ set: definition })).row;
  const copy = trial.copy();
  renameSync(`${other}/x`, inTree("x"));
  renameSync(`${other}/y`, inTree("a"));
  await trial.trial.settledScan({ set: definition });
  rmSync(other, { recursive: true });
  for (const _ of ["at once", "and again"]) {
    const { done } = await trial.apply(then, { definition, copies: [copy], isDeleting: true });
    expect(done).toMatchObject({ deletedCount: 0, refusedCount: 1, unknownCount: 2 });
    const aside = `.bsv-rollback-${new Bun.CryptoHasher("sha256").update("y").digest("hex")}`;
    const contents = ["a", "x", aside].map((name) => readFileSync(inTree(name), "utf8"));
    expect(contents).toEqual(["a", "x", "y"]);
  }
  mkdirSync(other);
  const { done, isComplete } = await trial.apply(then, { definition, isDeleting: true });
  expect([done.createdCount, isComplete]).toEqual([2, true]);
  expect([...standing(trial.tree).keys()]).toEqual(["a"]);
  expect([...standing(other).keys()]).toEqual(["x", "y"]);
});

test("a root that is a single file comes back although it is gone", async () => {
  const single = `${trial.trial.home}/fstab`;
  writeFileSync(single, "mounts");
  const definition = trial.trial.set({}, [single]);
  const then = (await trial.trial.settledScan({ set: definition })).row;
  mkdirSync(`${trial.trial.home}/copy`);
  renameSync(single, `${trial.trial.home}/copy/fstab`);
  const copies = [`${trial.trial.home}/copy`];
  expect((await trial.apply(then, { definition, copies })).isComplete).toBe(true);
  expect(readFileSync(single, "utf8")).toBe("mounts");
});

test("only what is at or below --path is planned and done", async () => {
  for (const name of ["d/a", "d/b", "dd", "e"]) trial.write(name, name);
  const then = await trial.scan();
  const copy = trial.copy();
  for (const name of ["d/a", "d/b", "dd", "e"]) rmSync(inTree(name));
  const path = inTree("d");
  const { done } = await trial.apply(then, { copies: [copy], path });
  expect(done.createdCount).toBe(2);
  expect([...standing(trial.tree).keys()]).toEqual(["d/a", "d/b"]);
  expect(trial.plan(then, { path: "/elsewhere" })).rejects.toMatchObject({ code: "not_found" });
});

test("content that belongs outside of --path is neither deleted nor overwritten below it", async () => {
  for (const name of ["pics/x", "pics/y", "pics/z", "docs/a"]) trial.write(name, name);
  const then = await trial.scan();
  renameSync(inTree("pics/x"), inTree("docs/x"));
  renameSync(inTree("pics/y"), inTree("docs/a"));
  trial.write("docs/z", "pics/z"); // a second copy: the first is in its place
  await trial.scan();
  const copies = [`${trial.trial.home}/copy`];
  mkdirSync(`${copies[0]}/docs`, { recursive: true });
  writeFileSync(`${copies[0]}/docs/a`, "docs/a");
  const { done } = await trial.apply(then, { copies, path: inTree("docs"), isDeleting: true });
  expect(done).toMatchObject({ overwrittenCount: 1, deletedCount: 1, refusedCount: 1 });
  expect(errors()).toContain("NEEDED: its content is wanted elsewhere, and is not there yet");
  expect((await trial.apply(then, { isDeleting: true })).isComplete).toBe(true);
  expect([...standing(trial.tree).keys()]).toEqual(["docs/a", "pics/x", "pics/y", "pics/z"]);
});
