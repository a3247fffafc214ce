// Folders as copies, and the source itself: every planted fault is found and called by its name, nothing else is, and what could not be seen
// is never missing.
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { everyFaultIsFound } from "./fault-matrix.ts";
import { ALL_NAMES, FAULTS, FaultyCopy, named, ROUNDS } from "./faulty-copy.ts";

test("a folder copied by cp -a has no finding at all, and the verdict speaks of every file", async () => {
  const made = await FaultyCopy.open(120);
  const { findings, verification, layout } = await made.verify(made.copy);
  expect(findings).toEqual([]);
  expect(layout.prefix).toBe(made.tree);
  expect(verification).toMatchObject({
    isComplete: true,
    coverage: {
      filesTotal: made.row.fileCount,
      filesChecked: made.row.fileCount,
      bytesTotal: made.row.totalSizeBytes,
      bytesChecked: made.row.totalSizeBytes,
      notChecked: {},
    },
  });
});

test("every fault planted in a folder is found, and called by its name", async () => {
  await everyFaultIsFound({ what: "folder", pack: ({ copy }) => copy });
});

test("I6: a folder that is not there, or suddenly empty, leaves all unknown", async () => {
  const made = await FaultyCopy.open(20);
  const offline = async () => {
    const { findings, verification } = await made.verify(made.copy);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(["offline"]));
    expect(verification).toMatchObject({ isComplete: false, coverage: { filesChecked: 0 } });
  };
  renameSync(made.copy, `${made.copy}-aside`);
  await offline();
  mkdirSync(made.copy);
  await offline();
});

test("I6: a folder that goes away while it is read makes nothing missing, and is never ok", async () => {
  for (const left of ["nothing", "an empty folder"]) {
    const made = await FaultyCopy.open(600);
    made.trial.onProgress = () => {
      if (existsSync(`${made.copy}-aside`)) return;
      renameSync(made.copy, `${made.copy}-aside`);
      if (left !== "nothing") mkdirSync(made.copy);
    };
    const { findings, verification } = await made.verify(made.copy);
    expect(existsSync(`${made.copy}-aside`)).toBe(true);
    expect(verification).toMatchObject({
      isComplete: false,
      cut: `ROOT_OFFLINE: ${made.copy} went away while it was read`,
      counts: { missing: 0, modified: 0, corrupted: 0, extra: 0 },
    });
    const kinds = new Set(findings.map(({ kind }) => kind));
    expect(kinds.isSubsetOf(new Set(["unstable", "unreadable", "offline"]))).toBe(true);
    await made.close();
  }
});

test("I6: a symlink in the place of a folder is not followed, and what lies behind it is neither missing nor good", async () => {
  const made = await FaultyCopy.open(20);
  renameSync(`${made.copy}/d2`, `${made.copy}-d2`);
  symlinkSync(`${made.copy}-d2`, `${made.copy}/d2`);
  const { findings } = await made.verify(made.copy);
  const below = findings.filter(({ path }) => path.startsWith(`${made.tree}/d2/`));
  expect(new Set(below.map(({ kind }) => kind))).toEqual(new Set(["unverifiable"]));
  expect(named(findings.filter((finding) => !below.includes(finding)))).toEqual([
    `extra ${made.tree}/d2`,
  ]);
});

test("the source read again: every fault is found, rot names the copy that still has it", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const made = await FaultyCopy.open(2 * FAULTS, ALL_NAMES, round);
    expect((await made.verify(undefined)).findings).toEqual([]);
    await made.verify(made.copy); // proves the copy
    const kept = made.copy;
    renameSync(kept, `${kept}-kept`);
    mkdirSync(kept);
    made.plantInSource().plant(FAULTS);
    const { findings } = await made.verify(undefined);
    expect(named(findings)).toEqual(made.expected.toSorted());
    const rotten = findings.filter(({ kind }) => kind === "corrupted");
    expect(rotten.map(({ lastGood, ctime }) => [lastGood?.copies[0]?.copy, ctime])).toEqual(
      rotten.map(() => [kept, "changed"]),
    );
    await made.close();
  }
  if (ROUNDS > 1) {
    console.error(
      `source: ${ROUNDS * FAULTS} faults planted and found, ${ROUNDS} clean runs without a finding`,
    );
  }
});

test("I6: what today's rules leave out is not missing", async () => {
  const made = await FaultyCopy.open(20);
  const rule = { pattern: "/d3/", place: { file: "bsv.yaml", line: 1, column: 1 } };
  const { findings } = await made.verify(undefined, {}, { exclude: [rule] });
  expect(findings.length).toBeGreaterThan(0);
  for (const { kind, path, why } of findings) {
    expect([kind, path.startsWith(`${made.tree}/d3/`), why?.split(":")[0]]).toEqual([
      "unverifiable",
      true,
      "LEFT_OUT",
    ]);
  }
});

test("names that differ only in composition are one with --unicode nfc, and told apart from missing ones without", async () => {
  const made = await FaultyCopy.open(10);
  renameSync(`${made.copy}/odd/é`, `${made.copy}/odd/e\u0301`);
  const apart = await made.verify(made.copy);
  expect(apart.findings.map(({ kind, why }) => [kind, why?.split(":")[0]])).toEqual([
    ["moved", "UNICODE"],
  ]);
  expect((await made.verify(made.copy, { isComposed: true })).findings).toEqual([]);
});

test("a file that went because the copy keeps one name for two is missing, with that for a reason; others have none", async () => {
  const made = await FaultyCopy.open(10);
  const names = ["Makefile", "makeFile", "D/x", "d/x", "caf\u00e9", "cafe\u0301", "plain"];
  for (const name of names) made.trial.write(`twins/${name}`);
  made.row = (await made.trial.scan()).row;
  // As on a disk that takes them for one: the later one is there, by the name of the first.
  Bun.spawnSync(["cp", "-a", `${made.tree}/twins`, made.copy]);
  for (const name of ["makeFile", "d/x", "cafe\u0301", "plain"]) {
    rmSync(`${made.copy}/twins/${name}`);
  }
  const { findings } = await made.verify(made.copy);
  const told = findings.map(({ kind, path, why }) => [
    kind,
    path.slice(made.tree.length + 7),
    why?.split(":")[0] ?? null,
  ]);
  expect(new Set(told)).toEqual(
    new Set([
      ["missing", "cafe\u0301", "UNICODE"],
      ["missing", "d/x", "CASE"],
      ["missing", "makeFile", "CASE"],
      ["missing", "plain", null],
    ]),
  );
});

test("I6: a FIFO in an archive's place stops nothing, and makes nothing missing", async () => {
  const made = await FaultyCopy.open(10);
  const fifo = `${made.trial.home}/fifo`;
  Bun.spawnSync(["mkfifo", fifo]);
  for (const kind of ["tar", "zip", "sums"]) {
    const { findings, verification } = await made.verify(`${kind}:${fifo}`);
    expect([kind, verification.cut?.split(":")[0]]).toEqual([kind, "NOT_A_FILE"]);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(["unreadable"]));
    expect(verification).toMatchObject({ isComplete: false, coverage: { filesChecked: 0 } });
  }
});

test("a limit of bytes holds for what waits to be read, too", async () => {
  const made = await FaultyCopy.open(200);
  const half = Math.floor(made.row.totalSizeBytes / 2);
  for (const target of [undefined, made.copy]) {
    const { verification } = await made.verify(target, { maxBytes: half });
    expect(verification.isComplete).toBe(false);
    expect(verification.bytesRead).toBeLessThan(half + 300_001); // and the file that it ends with
  }
});
