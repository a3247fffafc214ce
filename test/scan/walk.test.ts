import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { compareKeys } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import { Folder } from "#disk/folder.ts";
import type { Rules } from "#scan/leave-out.ts";
import { findRoot } from "#scan/roots.ts";
import { LeftOut, type Sighting } from "#scan/sighting.ts";
import { Walk, type WalkOptions } from "#scan/walk.ts";

setDefaultTimeout(30_000); // many files, on a machine that may be busy

let root: string;
beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/bsv-walk-`);
});
afterEach(() => Bun.spawnSync(["rm", "-rf", root])); // rmSync cannot remove paths beyond PATH_MAX

const leftOut = new LeftOut();
function walk(options: Partial<WalkOptions> = {}, path = root): Sighting[] {
  const found = findRoot(path, { followSymlink: false, marker: undefined });
  if (found.kind !== "found") throw new Error(found.error);
  const all = { rules: undefined, oneFileSystem: false, ownData: undefined, ...options };
  return [...new Walk(found, all, leftOut).sightings()];
}
const below = (sightings: Sighting[]): string[] =>
  sightings.map(({ entry }) => entry.path.slice(root.length + 1));

/** Rules that leave nothing out, but do something when the walk asks about a path. */
const when = (path: string, act: () => void): Rules => ({
  enter: () => undefined,
  skips: (asked) => {
    if (asked === path) act();
    return undefined;
  },
});

/** Names of random bytes, none of them `/` or NUL; many are no UTF-8. */
function randomNames(count: number): Buffer[] {
  const names = new Map<string, Buffer>();
  while (names.size < count) {
    const name = crypto.getRandomValues(Buffer.alloc(1 + Math.floor(Math.random() * 12)));
    if (
      name.includes(0) ||
      name.includes(0x2f) ||
      name.equals(Buffer.from(".")) ||
      name.equals(Buffer.from(".."))
    )
      continue;
    names.set(name.toString("hex"), name);
  }
  return [...names.values()];
}

test("I4, I5: 10,000 names of random bytes are all seen, exact, and in the one order", () => {
  const names = randomNames(10_000);
  for (const [index, name] of names.entries()) {
    const folder = index % 3 === 0 ? `${root}/` : `${root}/sub-${index % 7}/`;
    if (index % 3 !== 0) mkdirSync(folder, { recursive: true });
    writeFileSync(Buffer.concat([Buffer.from(folder), name]), "");
  }
  const sightings = walk();
  const expected = names.map(
    (name, index) => (index % 3 === 0 ? "" : `sub-${index % 7}/`) + pathText(name),
  );
  expect(below(sightings).toSorted()).toEqual(expected.toSorted());
  const isOrdered = sightings.every(
    ({ key }, i) => i === 0 || compareKeys(sightings[i - 1]!.key, key) < 0,
  );
  expect(isOrdered).toBe(true);
});

test("folders that begin alike come in the order of what stands in them", () => {
  for (const path of ["a/b/x", "a/x", "a-b/x", "a0/x", "a.txt", "z"]) {
    mkdirSync(`${root}/${path.slice(0, path.lastIndexOf("/") + 1)}`, { recursive: true });
    writeFileSync(`${root}/${path}`, "");
  }
  expect(below(walk())).toEqual(["a.txt", "z", "a-b/x", "a/x", "a/b/x", "a0/x"]);
});

test("I5: hostile names are names: line ends, escape sequences, 255 bytes, NFC beside NFD, a byte order mark", () => {
  const names = [
    "\n",
    "-rf",
    " ",
    "\u001b[31mred\u001b[0m",
    "a\tb",
    "\\",
    '"',
    "'; rm -rf ~",
    "\ufeff",
    "\ufeffa",
    "\ufffd",
    "\u202etxt.exe",
    "\u00e9",
    "e\u0301",
    "x".repeat(255),
    "é".repeat(127),
    "con",
    "CON",
    "..a",
    "...",
    "\u007f",
    "\u{1f600}",
    "\uffee",
  ];
  for (const name of names) writeFileSync(`${root}/${name}`, name);
  expect(below(walk()).toSorted()).toEqual(names.toSorted());
});

test("I4: paths far beyond PATH_MAX are walked to the end", () => {
  const name = "d".repeat(250);
  let folder = Folder.open(root);
  for (let depth = 0; depth < 40; depth++) {
    const into = `/proc/self/fd/${folder.fd}`;
    mkdirSync(`${into}/${name}`);
    writeFileSync(`${into}/file`, "x");
    const next = folder.enter(name);
    folder.close();
    folder = next;
  }
  folder.close();
  const paths = below(walk());
  expect(paths).toHaveLength(40);
  expect(paths.at(-1)).toBe(`${name}/`.repeat(39) + "file");
});

test("I11: a tree deeper than there are descriptors, with brothers at every step, is walked in order", () => {
  let folder = Folder.open(root);
  const DEPTH = 600;
  for (let depth = 0; depth < DEPTH; depth++) {
    const into = `/proc/self/fd/${folder.fd}`;
    mkdirSync(`${into}/d`);
    mkdirSync(`${into}/e`);
    writeFileSync(`${into}/e/f`, "");
    const next = folder.enter("d");
    folder.close();
    folder = next;
  }
  folder.close();
  const keys = walk().map(({ key, entry }) => {
    expect(entry.error).toBeNull();
    return key;
  });
  expect(keys).toHaveLength(DEPTH);
  expect(keys.toSorted(compareKeys)).toEqual(keys);
});

test("symlinks are recorded with their target, exact, and never followed", () => {
  mkdirSync(`${root}/folder`);
  writeFileSync(`${root}/folder/f`, "");
  symlinkSync("folder", `${root}/to-folder`);
  symlinkSync(Buffer.from([0x66, 0xff]), `${root}/to-bytes`);
  symlinkSync("/nowhere", `${root}/dangling`);
  symlinkSync("loop", `${root}/loop`);
  const links = walk().filter(({ entry }) => entry.type === "symlink");
  expect(links.map(({ entry }) => [entry.path.slice(root.length + 1), entry.target])).toEqual([
    ["dangling", "/nowhere"],
    ["loop", "loop"],
    ["to-bytes", "f\udcff"],
    ["to-folder", "folder"],
  ]);
  expect(below(walk())).toContain("folder/f");
  expect(below(walk())).not.toContain("to-folder/f");
});

test("I13: FIFOs, sockets and devices are counted, not opened", async () => {
  Bun.spawnSync(["mkfifo", `${root}/fifo`]);
  const server = createServer().listen(`${root}/socket`);
  await new Promise((resolve) => server.once("listening", resolve));
  writeFileSync(`${root}/file`, "");
  const counts = new LeftOut();
  const found = findRoot(root, { followSymlink: false, marker: undefined });
  if (found.kind !== "found") throw new Error();
  const options = { rules: undefined, oneFileSystem: false, ownData: undefined };
  expect(below([...new Walk(found, options, counts).sightings()])).toEqual(["file"]);
  expect(Object.fromEntries(counts.counts)).toEqual({ fifo: 1, socket: 1 });
  server.close();
});

test("I13: a folder swapped for a symlink before it is entered is not followed, and said", () => {
  const outside = mkdtempSync(`${tmpdir()}/bsv-outside-`);
  writeFileSync(`${outside}/secret`, "");
  mkdirSync(`${root}/sub`);
  writeFileSync(`${root}/sub/f`, "");
  const rules = when("sub", () => {
    renameSync(`${root}/sub`, `${root}.moved`);
    symlinkSync(outside, `${root}/sub`);
  });
  const [only, ...more] = walk({ rules });
  expect(more).toEqual([]);
  expect(only!.entry).toMatchObject({ path: `${root}/sub`, type: "dir" });
  expect(only!.entry.error).toMatch(/^(ENOTDIR|ELOOP): /);
  rmSync(`${root}.moved`, { recursive: true });
  rmSync(outside, { recursive: true });
});

test("I13: a folder on the way swapped for a symlink while its content is walked leads nowhere else", () => {
  const outside = mkdtempSync(`${tmpdir()}/bsv-outside-`);
  mkdirSync(`${outside}/b/c`, { recursive: true });
  for (const path of ["1", "2", "c/3"]) {
    mkdirSync(`${root}/a/b/c`, { recursive: true });
    writeFileSync(`${root}/a/b/${path}`, "mine");
    writeFileSync(`${outside}/b/${path}`, "not mine, longer");
  }
  const rules = when("a/b/1", () => {
    renameSync(`${root}/a`, `${root}.moved`);
    symlinkSync(outside, `${root}/a`);
  });
  const sightings = walk({ rules });
  expect(sightings.map(({ entry }) => entry.sizeBytes)).toEqual([4, 4, 4]);
  rmSync(`${root}.moved`, { recursive: true });
  rmSync(outside, { recursive: true });
});

test("I4: a name that vanishes between listing and asking is an entry with an error", () => {
  for (const name of ["1", "2", "3"]) writeFileSync(`${root}/${name}`, "");
  const sightings = walk({ rules: when("1", () => rmSync(`${root}/2`)) });
  expect(sightings.map(({ entry }) => [entry.type, entry.error])).toEqual([
    ["file", null],
    ["other", "ENOENT: vanished while being scanned"],
    ["file", null],
  ]);
});

test("facts are exact: microseconds floored also before 1970, link counts, sizes; the quick way and the slow way agree", () => {
  writeFileSync(`${root}/f`, "12345");
  linkSync(`${root}/f`, `${root}/g`);
  mkdirSync(`${root}/folder`);
  symlinkSync("x", `${root}/link`);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), "");
  Bun.spawnSync(["touch", "-d", "1969-12-31T23:59:59.999999999Z", `${root}/old`]);
  Bun.spawnSync(["touch", "-d", "2100-01-01T00:00:00.123456789Z", `${root}/later`]);
  utimesSync(`${root}/f`, 1_700_000_000.123456, 1_700_000_000.123456);
  const folder = Folder.open(root);
  expect(folder.names().toSorted()).toEqual(folder.namesSlowly().toSorted());
  for (const name of folder.namesSlowly()) {
    expect(folder.look(name)).toEqual(folder.lookSlowly(name));
  }
  expect(folder.look("old").mtimeUs).toBe(-1);
  expect(folder.look("later").mtimeUs).toBe(4_102_444_800_123_456);
  expect(folder.look("f")).toMatchObject({ links: 2, sizeBytes: 5, kind: "file" });
  expect(folder.look("f").inode).toBe(lstatSync(`${root}/f`).ino);
  expect(folder.look("f").device).toBe(lstatSync(`${root}/f`).dev);
  for (const path of ["/dev/null", "/dev", "/proc"]) {
    const parent = Folder.open("/");
    const name = path.split("/")[1]!;
    expect(parent.look(name).device).toBe(lstatSync(`/${name}`).dev);
    parent.close();
  }
  folder.close();
});

test("the tool's own data folder, and what the rules leave out, are counted and not entered", () => {
  mkdirSync(`${root}/data`);
  writeFileSync(`${root}/data/bsv.db`, "");
  writeFileSync(`${root}/kept`, "");
  const stats = lstatSync(`${root}/data`);
  const counts = new LeftOut();
  const found = findRoot(root, { followSymlink: false, marker: undefined });
  if (found.kind !== "found") throw new Error();
  const options = {
    rules: undefined,
    oneFileSystem: false,
    ownData: { device: stats.dev, inode: stats.ino },
  };
  expect(below([...new Walk(found, options, counts).sightings()])).toEqual(["kept"]);
  expect(counts.counts.get("own_data")).toBe(1);
});

test("a single file, and a symlink, can be a root", () => {
  writeFileSync(`${root}/f`, "x");
  symlinkSync("f", `${root}/link`);
  expect(walk({}, `${root}/f`).map(({ entry }) => entry.path)).toEqual([`${root}/f`]);
  expect(walk({}, `${root}/link`).map(({ entry }) => entry.target)).toEqual(["f"]);
});
