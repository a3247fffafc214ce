// The most dangerous answer: whoever believes a yes and deletes must find every byte elsewhere. Random trees, copies honest and not, all
// ways of reading them, and then it is really deleted.
import { afterEach, expect, test } from "bun:test";
import {
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { borrowingTypes } from "#disk/borrowed-files.ts";
import { mountsOf } from "#disk/mount-table.ts";
import type { SafeInput } from "#jobs/verify/safe-to-delete.ts";
import { Random } from "#test/db/random.ts";
import { hasExfat, mountExfat } from "#test/exfat.ts";
import { ask, DAY_MS, readTarget, type Reading } from "./deletion-trial.ts";
import { Trial } from "./scan-trial.ts";

const RUNS = process.env["BSV_SOAK"] === "1" ? 1500 : 12;

let trial: Trial;
afterEach(() => trial.close());

/** A copy (null: the source) of the newest snapshot. */
const read = (target: string | null, reading: Reading = {}): Promise<void> =>
  readTarget(trial, last.row, target, reading);

let last: Awaited<ReturnType<Trial["scan"]>>;

async function opened(files: Record<string, string>): Promise<void> {
  trial = await Trial.open();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(trial.tree, path, ".."), { recursive: true });
    writeFileSync(join(trial.tree, path), text);
  }
  last = await trial.scan();
}

const asked = (path: string, more: Partial<SafeInput> = {}) => ask(trial, path, more);

const FILES = { "a.txt": "alpha", "sub/b.txt": "beta", "sub/c.txt": "gamma" };
const at = (name: string): string => join(trial.home, name);
const copied = (name: string): string => {
  cpSync(trial.tree, at(name), { recursive: true, preserveTimestamps: true });
  return at(name);
};

test("yes where a whole copy was read lately; for the tree, a folder and a file", async () => {
  await opened(FILES);
  await read(copied("copy"));
  for (const path of [trial.tree, join(trial.tree, "sub"), join(trial.tree, "a.txt")]) {
    expect(await asked(path)).toMatchObject({ isSafe: true, unsafeFiles: 0 });
  }
});

test.skipIf(!hasExfat)(
  "I12: on a drive that knows no case and makes its inodes up, the path by another name is no copy of it",
  async () => {
    await opened(FILES);
    using _ = mountExfat(at("image"), at("drive"));
    const onDrive = (name: string) => {
      cpSync(trial.tree, at(`drive/${name}`), { recursive: true });
    };
    onDrive("Photos");
    await read(at("drive/PHOTOS"));
    for (const path of ["Photos", "photos", "PHOTOS", "Photos/sub", "Photos/SUB/b.txt"]) {
      const { isSafe, counted, notCounted } = await asked(at(`drive/${path}`));
      expect([path, isSafe, counted]).toEqual([path, false, []]);
      expect(notCounted[0]!.why).toContain("the path itself");
    }
    // Another folder there is one, and it is one under two names.
    onDrive("Backup");
    await read(at("drive/Backup"));
    expect((await asked(at("drive/Photos"))).isSafe).toBe(true);
    await read(at("drive/BACKUP"));
    expect((await asked(at("drive/Photos"), { minCopies: 2 })).isSafe).toBe(false);
    expect((await asked(at("drive/backup"), { minCopies: 2 })).isSafe).toBe(false);
    expect((await asked(at("drive"))).isSafe).toBe(false);
  },
  60_000,
);

test("no without a copy, and with one that was never read", async () => {
  await opened(FILES);
  copied("copy");
  await read(null);
  expect(await asked(trial.tree)).toMatchObject({ isSafe: false, reasons: ["NOT_PROVEN"] });
});

test("no by a sample, even of all; no by a verification that was cut short", async () => {
  await opened(FILES);
  await read(copied("copy"), { sample: 1 });
  expect(await asked(trial.tree)).toMatchObject({ isSafe: false, reasons: ["NOT_WHOLE"] });
  await read(copied("other"), { maxBytes: 0 });
  expect((await asked(trial.tree)).isSafe).toBe(false);
  await read(at("other"));
  expect((await asked(trial.tree)).isSafe).toBe(true);
  rmSync(at("other"), { recursive: true });
  await read(at("other")).catch(() => {}); // offline now, and recorded so
  expect((await asked(trial.tree)).isSafe).toBe(false);
});

test("no when the proof is too old; no for what was changed or added since, excluded or not", async () => {
  await opened(FILES);
  await read(copied("copy"));
  expect(await asked(trial.tree, { maxAgeMs: -1 })).toMatchObject({ reasons: ["TOO_OLD"] });
  writeFileSync(join(trial.tree, "a.txt"), "Alpha");
  expect(await asked(trial.tree)).toMatchObject({ unsafeFiles: 1, reasons: ["NOT_PROVEN"] });
  writeFileSync(join(trial.tree, "a.txt"), "alpha");
  writeFileSync(join(trial.tree, ".hidden"), "new");
  expect(await asked(trial.tree)).toMatchObject({ unsafeFiles: 1, reasons: ["NOT_PROVEN"] });
});

test("no by the path's own copy: itself, a link to it, what is below it, what it is below", async () => {
  await opened(FILES);
  symlinkSync(trial.tree, at("link"));
  for (const target of [trial.tree, at("link"), at("link") + "/."]) await read(target);
  expect(await asked(trial.tree)).toMatchObject({ isSafe: false, counted: [] });
  const inner = join(trial.tree, "inner");
  renameSync(copied("inner"), inner);
  await read(inner);
  expect(await asked(trial.tree)).toMatchObject({ isSafe: false, counted: [] });
  await read(copied("outer"));
  expect((await asked(join(trial.tree, "sub"))).isSafe).toBe(true);
  expect((await asked(trial.home)).counted).toEqual([]);
});

test("no for what was there once and was not at the last whole reading; yes for what was read once more since", async () => {
  await opened(FILES);
  const old = copied("old-disk");
  const copy = copied("copy");
  await read(copy);
  expect((await asked(old)).isSafe).toBe(true);
  for (const folder of [trial.tree, copy]) rmSync(join(folder, "a.txt"));
  last = await trial.scan();
  await read(copy);
  expect(await asked(old)).toMatchObject({ isSafe: false, unsafeFiles: 1, reasons: ["NOT_WHOLE"] });
  await read(copy, { sample: 1 });
  expect((await asked(join(old, "sub"))).isSafe).toBe(true);
  expect((await asked(old)).isSafe).toBe(false);
});

test("no by hard links of itself", async () => {
  await opened(FILES);
  Bun.spawnSync(["cp", "-al", trial.tree, at("linked")]);
  await read(at("linked"));
  expect(await asked(trial.tree)).toMatchObject({ isSafe: false, reasons: ["HARD_LINK"] });
});

test("no when the copy is not there, is empty, or holds fewer files than were read", async () => {
  await opened(FILES);
  await read(copied("copy"));
  rmSync(join(at("copy"), "sub/c.txt"));
  expect((await asked(trial.tree)).notCounted[0]!.why).toContain("fewer names");
  rmSync(at("copy"), { recursive: true });
  expect((await asked(trial.tree)).notCounted[0]!.why).toContain("not there");
  mkdirSync(at("copy"));
  expect((await asked(trial.tree)).isSafe).toBe(false);
});

test("no when what went from a copy was made up for by other names, or was written over", async () => {
  await opened(FILES);
  await read(copied("copy"));
  writeFileSync(join(at("copy"), "later.txt"), "new");
  expect((await asked(trial.tree)).isSafe).toBe(true);
  rmSync(join(at("copy"), "a.txt"));
  expect((await asked(trial.tree)).notCounted[0]!.why).toContain("fewer names");

  const extra = copied("extra");
  writeFileSync(join(extra, "extra.txt"), "not of the snapshot");
  await read(extra);
  expect((await asked(trial.tree)).isSafe).toBe(true);
  rmSync(join(extra, "a.txt"));
  expect((await asked(trial.tree)).notCounted).toHaveLength(2);

  const over = copied("over");
  await read(over);
  expect((await asked(trial.tree)).isSafe).toBe(true);
  cpSync(join(over, "sub/b.txt"), join(over, "a.txt"), { preserveTimestamps: true });
  expect((await asked(trial.tree)).notCounted).toHaveLength(3);
});

test("no when old folders that were moved into the copy since make up for what went", async () => {
  await opened({ ...FILES, "twin.txt": "alpha" });
  mkdirSync(join(at("old"), "deep"), { recursive: true });
  for (const name of ["1", "2", "3"]) writeFileSync(join(at("old"), "deep", name), "older");
  const copy = copied("copy");
  await read(copy);
  expect((await asked(trial.tree)).isSafe).toBe(true);
  renameSync(at("old"), join(copy, "old"));
  expect((await asked(trial.tree)).isSafe).toBe(true);
  rmSync(join(copy, "sub/b.txt")); // the only one of four bytes
  expect(await asked(trial.tree)).toMatchObject({ unsafeFiles: 1, reasons: ["COPY_LACKS"] });
});

test("no by a copy at whose place another was put since: by a link made anew, however far off, or by renaming folders", async () => {
  await opened(FILES);
  for (const name of ["new", "old"]) {
    const pack = Bun.spawnSync(["tar", "-cf", at(`${name}.tar`), "-C", trial.tree, "."]);
    expect(pack.success).toBe(true);
    mkdirSync(at(name));
    copied(`${name}/copy`);
  }
  await Bun.sleep(TICK_MS);
  symlinkSync("first/copy", at("far"));
  for (const [link, to, target] of [
    ["latest.tar", ".tar", "latest.tar"],
    ["current", "", "current/copy"],
    ["first", "", "far"],
  ] as const) {
    symlinkSync(`new${to}`, at(link));
    await read(at(target));
    expect((await asked(trial.tree)).isSafe).toBe(true);
    await Bun.sleep(TICK_MS);
    rmSync(at(link));
    symlinkSync(`old${to}`, at(link));
    const { isSafe, notCounted } = await asked(trial.tree);
    expect([isSafe, notCounted.at(-1)!.why]).toEqual([false, expect.stringContaining("a link")]);
  }
  await read(at("new/copy"));
  writeFileSync(at("new/other"), "its folder has another entry now");
  expect((await asked(trial.tree)).isSafe).toBe(true);
  await Bun.sleep(TICK_MS);
  renameSync(at("new"), at("gone"));
  renameSync(at("old"), at("new"));
  expect((await asked(trial.tree)).isSafe).toBe(false);
});

test("files of one size need a file in the copy for each of their contents, and twins only one", async () => {
  await opened({ "1": "aaaa", "2": "bbbb", "3": "cccc", "4": "cccc" });
  mkdirSync(at("old"));
  for (const name of ["1", "2"]) writeFileSync(join(at("old"), name), "older");
  const copy = copied("copy");
  await read(copy);
  renameSync(at("old"), join(copy, "old"));
  rmSync(join(copy, "4"));
  expect((await asked(trial.tree)).isSafe).toBe(true);
  rmSync(join(copy, "1"));
  expect(await asked(trial.tree)).toMatchObject({ isSafe: false, reasons: ["COPY_LACKS"] });
});

/** A file system's times stand still for so long, at most. */
const TICK_MS = 20;

test("no by an archive or a repository that was written since it was read; reading a repository locks it", async () => {
  await opened(FILES);
  const pack = (): boolean =>
    Bun.spawnSync(["tar", "-cf", at("all.tar"), "-C", trial.tree, "."]).success;
  expect(pack()).toBe(true);
  await read(at("all.tar"));
  expect((await asked(trial.tree)).isSafe).toBe(true);
  await Bun.sleep(TICK_MS);
  expect(pack()).toBe(true);
  expect((await asked(trial.tree)).notCounted[0]!.why).toContain("changed since");

  // What restic keeps is a folder, and locked for as long as it is read.
  for (const folder of ["data/00", "locks"]) {
    mkdirSync(join(at("repo"), folder), { recursive: true });
  }
  writeFileSync(join(at("repo"), "data/00/pack"), "packed");
  const tool = at("restic");
  const lock = `${at("repo")}/locks/lock`;
  writeFileSync(tool, `#!/bin/sh\ntouch ${lock}\ntar -cf - -C ${trial.tree} .\nrm ${lock}\n`, {
    mode: 0o755,
  });
  const { PATH } = process.env;
  process.env["PATH"] = `${trial.home}:${PATH}`;
  try {
    await read(`restic:${at("repo")}`);
  } finally {
    process.env["PATH"] = PATH;
  }
  expect((await asked(trial.tree)).isSafe).toBe(true);
  await Bun.sleep(TICK_MS);
  rmSync(join(at("repo"), "data/00/pack"));
  expect((await asked(trial.tree)).notCounted[1]!.why).toContain("changed since");
});

test("no by a reading that a wrong clock dated ahead, for it would never grow old; yes by one that was made again", async () => {
  await opened(FILES);
  trial.nowMs = Date.now() + 400 * DAY_MS;
  await read(copied("copy"));
  trial.nowMs = undefined;
  expect(await asked(trial.tree)).toMatchObject({ isSafe: false });
  await read(at("copy"));
  expect((await asked(trial.tree)).isSafe).toBe(true);
});

test("one folder under two names is one copy; two folders are two", async () => {
  await opened(FILES);
  await read(copied("copy"));
  symlinkSync(at("copy"), at("alias"));
  await read(at("alias") + "/.");
  await read(at("alias"));
  expect((await asked(trial.tree, { minCopies: 2 })).isSafe).toBe(false);
  await read(copied("second"));
  expect((await asked(trial.tree, { minCopies: 2 })).isSafe).toBe(true);
});

/** Runs `work` with a stand-in for a tool, which writes the tree as a tar archive whatever it is asked. */
async function withTool(name: string, work: () => Promise<void>): Promise<void> {
  writeFileSync(at(name), `#!/bin/sh\nexec tar -cf - -C ${trial.tree} .\n`, { mode: 0o755 });
  const { PATH } = process.env;
  process.env["PATH"] = `${trial.home}:${PATH}`;
  try {
    await work();
  } finally {
    process.env["PATH"] = PATH;
  }
}

test("no by a repository on this machine in whatever form its place is written, once it is gone or if nobody can tell where it is", async () => {
  await opened(FILES);
  mkdirSync(at("repo"));
  const local = [`restic:local:${at("repo")}`, `borg:file://${at("repo")}::nr-1`];
  const unknown = ["restic:backups/repo", "borg:repo::nr-1", "restic:sftp:localhost:/repo"];
  for (const target of local) {
    await withTool(target.split(":")[0]!, () => read(target));
    expect([target, (await asked(trial.tree)).isSafe]).toEqual([target, true]);
    rmSync(at("repo"), { recursive: true });
    expect([target, (await asked(trial.tree)).isSafe]).toEqual([target, false]);
    mkdirSync(at("repo"));
  }
  rmSync(at("repo"), { recursive: true });
  for (const target of unknown) {
    await withTool(target.split(":")[0]!, () => read(target));
    expect([target, (await asked(trial.tree)).isSafe]).toEqual([target, false]);
  }
});

test.skipIf(Bun.which("rclone") === null)(
  "no by the path itself, read through rclone",
  async () => {
    await opened(FILES);
    await read(`rclone::local:${trial.tree}`);
    expect((await asked(trial.tree)).isSafe).toBe(false);
    const config = at("rclone.conf");
    writeFileSync(config, "[here]\ntype = local\n[over]\ntype = alias\nremote = here:\n");
    const before = process.env["RCLONE_CONFIG"];
    process.env["RCLONE_CONFIG"] = config;
    try {
      for (const remote of ["here", "over"]) {
        await read(`rclone:${remote}:${trial.tree}`);
        expect([remote, (await asked(trial.tree)).isSafe]).toEqual([remote, false]);
      }
    } finally {
      if (before === undefined) delete process.env["RCLONE_CONFIG"];
      else process.env["RCLONE_CONFIG"] = before;
    }
  },
);

test("two snapshots of one repository are one copy", async () => {
  await opened(FILES);
  await withTool("restic", async () => {
    await read("restic:sftp:nas:/repo@0a1b2c3d");
    await read("restic:sftp:nas:/repo");
    expect((await asked(trial.tree)).isSafe).toBe(true);
    expect((await asked(trial.tree, { minCopies: 2 })).isSafe).toBe(false);
    await read("restic:sftp:nas:/other");
  });
  expect((await asked(trial.tree, { minCopies: 2 })).isSafe).toBe(true);
});

test("the source's own reading lets an old copy go, and not the source", async () => {
  await opened(FILES);
  copied("old");
  await read(null);
  expect((await asked(at("old"))).isSafe).toBe(true);
  expect((await asked(trial.tree)).isSafe).toBe(false);
  writeFileSync(join(trial.tree, "new.txt"), "it lives on");
  expect((await asked(at("old"))).isSafe).toBe(true);
  rmSync(join(trial.tree, "a.txt"));
  writeFileSync(join(trial.tree, "sub/b.txt"), "rot!");
  const lost = { isSafe: false, unsafeFiles: 2, reasons: ["SOURCE_LACKS"] };
  expect(await asked(at("old"))).toMatchObject(lost);
});

test("no for a root that the set had when the source was read, and has no more: it vouched for itself", async () => {
  await opened(FILES);
  const set = trial.set({}, [join(trial.tree, "sub"), join(trial.tree, "a.txt")]);
  last = await trial.scan({ set });
  await read(null);
  last = await trial.scan({ set: trial.set({}, [join(trial.tree, "a.txt")]) });
  const answer = await asked(join(trial.tree, "sub"));
  expect(answer).toMatchObject({ isSafe: false, unsafeFiles: 2, reasons: ["SOURCE_LACKS"] });
});

test("what cannot be read is not safe; links and empty files hold no byte; a path that is a link is refused", async () => {
  await opened({ ...FILES, empty: "" });
  symlinkSync("a.txt", join(trial.tree, "l"));
  await read(copied("copy"));
  expect(await asked(trial.tree)).toMatchObject({ isSafe: true, files: 4, others: 1 });
  expect(asked(join(trial.tree, "l"))).rejects.toMatchObject({ code: "usage" });
  expect(asked(at("nothing"))).rejects.toMatchObject({ code: "not_found" });
  expect((await asked(trial.dataDir)).isSafe).toBe(false);
});

test("no for a folder without any file: its disk may not be mounted", async () => {
  await opened(FILES);
  await read(copied("copy"));
  mkdirSync(join(at("mount"), "lost+found"), { recursive: true });
  expect(await asked(at("mount"))).toMatchObject({ isSafe: false, reasons: ["EMPTY"] });
  symlinkSync("nowhere", join(at("mount"), "link"));
  expect((await asked(at("mount"))).isSafe).toBe(false);
});

test.skipIf(process.getuid?.() !== 0 || Bun.spawnSync(["unshare", "-m", "true"]).exitCode !== 0)(
  "no by a bind mount of itself, at the top of the copy or within it",
  async () => {
    await opened(FILES);
    mkdirSync(at("mounted"));
    mkdirSync(join(at("all"), "docs"), { recursive: true });
    for (const place of [at("mounted"), join(at("all"), "docs")]) {
      if (Bun.spawnSync(["mount", "--bind", trial.tree, place]).exitCode !== 0) return;
    }
    try {
      await read(at("mounted"));
      await read(at("all"));
      expect(await asked(trial.tree)).toMatchObject({ isSafe: false, counted: [] });
    } finally {
      Bun.spawnSync(["umount", at("mounted"), join(at("all"), "docs")]);
    }
  },
);

test.skipIf(process.getuid?.() !== 0 || Bun.spawnSync(["unshare", "-m", "true"]).exitCode !== 0)(
  "no by an overlay of itself, which gives every file another identity; nor of an overlay by what lies under it",
  async () => {
    await opened(FILES);
    for (const name of ["over", "merged"]) mkdirSync(at(name));
    const mount = (...words: string[]) => Bun.spawnSync(["mount", "-t", ...words]).exitCode === 0;
    if (!mount("tmpfs", "none", at("over"))) return;
    for (const name of ["upper", "work"]) mkdirSync(join(at("over"), name));
    const layers = `lowerdir=${trial.tree},upperdir=${at("over/upper")},workdir=${at("over/work")}`;
    const isMounted = mount("overlay", "-o", layers, "none", at("merged"));
    try {
      if (!isMounted) return;
      await read(at("merged"));
      const { isSafe, notCounted } = await asked(trial.tree);
      expect([isSafe, notCounted[0]!.why]).toEqual([false, expect.stringContaining("overlay")]);
      await read(trial.tree);
      expect((await asked(at("merged"))).isSafe).toBe(false);
      expect((await asked(join(at("merged"), "a.txt"))).isSafe).toBe(false);
    } finally {
      Bun.spawnSync(["umount", at("merged")]);
      Bun.spawnSync(["umount", at("over")]);
    }
  },
);

test("file systems that show other folders' files are known by their type; disks and known networks are none", () => {
  const line = (device: string, type: string) =>
    `36 35 ${device} / /mnt rw,noatime shared:1 - ${type} source rw`;
  const types = [
    "overlay",
    "fuse.mergerfs",
    "fuse.bindfs",
    "fuse",
    "fuseblk",
    "fuse.sshfs",
    "ext4",
    "nfs4",
  ];
  const told = borrowingTypes(mountsOf(types.map((type, nr) => line(`0:${nr}`, type)).join("\n")));
  expect([...told.values()]).toEqual(["overlay", "fuse.mergerfs", "fuse.bindfs", "fuse"]);
});

test(`who deletes after a yes finds every byte elsewhere, in ${RUNS} random histories`, async () => {
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  let [yes, no] = [0, 0];
  for (let seed = first; seed < first + RUNS; seed++) {
    const random = new Random(seed);
    await opened({ "keep.txt": "kept" });
    let isHonest = grow(random);
    last = await trial.scan();
    const copies: string[] = [];
    let isWhole = false;
    for (let nr = 0; nr < 1 + random.below(3); nr++) {
      const { target, isGood, isLinked } = makeCopy(random, nr);
      copies.push(target);
      if (isLinked) isHonest = false;
      const how = random.pick<Reading>([
        {},
        {},
        {},
        { sample: 1 },
        { sample: 0.5 },
        { maxBytes: 9 },
      ]);
      await read(target, how).catch(() => {});
      isWhole ||= isGood && Object.keys(how).length === 0 && isHonest;
    }
    const change = random.below(6);
    if (change === 0) writeFileSync(join(trial.tree, "keep.txt"), "other");
    if (change === 1) writeFileSync(join(trial.tree, "new.txt"), `new ${seed}`);
    if (change === 2) rmSync(random.pick(copies), { recursive: true, force: true });
    const folders = ["", "", "d1", "d2"].map((name) => join(trial.tree, name));
    const path = random.pick(folders.filter((folder) => contents(folder).size > 0));
    const wanted = contents(path);
    const { isSafe } = await asked(path).catch(() => ({ isSafe: false }));
    if (isWhole && isHonest && change > 2) expect({ seed, isSafe }).toEqual({ seed, isSafe: true });
    if (isSafe) {
      yes++;
      rmSync(path, { recursive: true });
      const rest = new Set(copies.flatMap((copy) => [...contents(copy)]));
      const lost = [...wanted].filter((text) => text !== "" && !rest.has(text));
      expect({ seed, lost }).toEqual({ seed, lost: [] });
    } else no++;
    await trial.close();
  }
  trial = await Trial.open();
  expect(yes).toBeGreaterThanOrEqual(RUNS >= 60 ? RUNS / 12 : 0);
  expect(no).toBeGreaterThanOrEqual(RUNS >= 60 ? RUNS / 12 : 0);
}, 600_000);

// --- internal ---

/** Files of few contents, some of them hard links of each other. Says whether there are none of these. */
function grow(random: Random): boolean {
  let isPlain = true;
  mkdirSync(join(trial.tree, "d1/deep"), { recursive: true });
  mkdirSync(join(trial.tree, "d2"));
  const names = ["a", "d1/b", "d1/deep/c", "d2/d", "d2/e"].filter(() => random.below(5) > 0);
  for (const [nr, name] of names.entries()) {
    const other = names[random.below(nr + 1)]!;
    if (nr > 0 && other !== name && random.below(4) === 0) {
      linkSync(join(trial.tree, other), join(trial.tree, name));
      isPlain = false;
    } else {
      writeFileSync(join(trial.tree, name), random.pick(["one", "two", "three", ""]));
    }
  }
  return isPlain;
}

function makeCopy(
  random: Random,
  nr: number,
): { target: string; isGood: boolean; isLinked?: true } {
  const target = at(`copy${nr}`);
  switch (random.below(7)) {
    case 0:
      Bun.spawnSync(["cp", "-al", trial.tree, target]);
      return { target, isGood: false, isLinked: true };
    case 1:
      symlinkSync(trial.tree, target);
      return { target, isGood: false };
    case 2:
      cpSync(trial.tree, target, { recursive: true });
      renameSync(target, join(trial.tree, `d2/inner${nr}`));
      return { target: join(trial.tree, `d2/inner${nr}`), isGood: false };
    case 3: {
      cpSync(trial.tree, target, { recursive: true });
      const file = random.pick([...files(target)]);
      if (random.below(2) === 0) rmSync(file);
      else writeFileSync(file, "rot");
      return { target, isGood: false };
    }
    default:
      cpSync(trial.tree, target, { recursive: true, preserveTimestamps: true });
      return { target, isGood: true };
  }
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Of a folder that is there; a link to one that is gone holds nothing. */
function contents(folder: string): Set<string> {
  try {
    return new Set(files(folder).map((file) => readFileSync(file, "utf8")));
  } catch {
    return new Set();
  }
}

test("an archive that lies below the path does not count: it goes with it", async () => {
  await opened(FILES);
  const archive = join(trial.tree, "backup.tar");
  const pack = ["tar", "-cf", at("outside.tar"), "-C", trial.tree, "."];
  expect(Bun.spawnSync(pack).success).toBe(true);
  cpSync(at("outside.tar"), archive);
  await read(archive);
  const { counted, notCounted } = await asked(trial.tree);
  expect(counted.map(({ copy }) => copy)).not.toContain(archive);
  expect(notCounted).toContainEqual({ copy: archive, why: expect.stringContaining("path itself") });
  rmSync(archive);
  await read(at("outside.tar"));
  expect((await asked(trial.tree)).isSafe).toBe(true);
});
