// What bsv says of real trees, against what the tools say that everybody has: diff -rq, du, find, sha256sum.
import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Random } from "#test/db/random.ts";
import { Home } from "./harness.ts";

const home = new Home();
afterAll(() => home[Symbol.dispose]());

const at = (path: string): string => join(home.folder, path);
const random = new Random(Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000));
const NAMES = ["a", "b.txt", "c d", "é.JPG", "-rf", "x\ty", "new\nline", ".hidden", "deep"];

function write(path: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), `${path} ${random.below(1e9)}`.repeat(1 + random.below(50)));
}

/** A tree, and the same one after a hundred random deeds. */
const files: string[] = [];
for (let i = 0; i < 300; i++) {
  const depth = 1 + random.below(4);
  const path = Array.from({ length: depth }, () => `d${random.below(4)}`).join("/");
  files.push(`now/${path}/${random.pick(NAMES)}${i}`);
}
for (const path of files) write(path);
cpSync(at("now"), at("then"), { recursive: true, preserveTimestamps: true });
writeFileSync(at("bsv.yaml"), "machine_id: here\nbackupsets:\n  tree: { paths: [now] }\n");
expect((await home.run(["scan"])).exit).toBe(0);
for (let i = 0; i < 100; i++) {
  const path = random.pick(files);
  const kind = random.below(4);
  if (kind === 0) rmSync(at(path), { force: true });
  else if (kind === 1) write(path);
  else if (kind === 2) write(`${path}.new`);
  else if (await Bun.file(at(path)).exists()) renameSync(at(path), at(`${path}.moved`));
}
cpSync(at("now/d0"), at("now/d1/copied"), { recursive: true });
const disk = await home.run(["diff", "--disk", "--json"]);
expect([0, 4]).toContain((await home.run(["scan"])).exit); // so many deeds may well look strange

const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("diff: the same files differ as for diff -rq, and a move is one that went and one that came", async () => {
  const { stdout } = await home.shell("diff -rq --no-dereference then now; true");
  // diff -rq tells a folder that is on one side only by its name alone: its files are listed here.
  const told = new Set<string>();
  const all = (side: string, folder: string): string[] =>
    readdirSync(at(join(side, folder)), { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name).slice(at(side).length + 1));
  const [thenFiles, nowFiles] = [new Set(all("then", ".")), new Set(all("now", "."))];
  for (const file of thenFiles) if (!nowFiles.has(file)) told.add(`gone ${file}`);
  for (const file of nowFiles) if (!thenFiles.has(file)) told.add(`came ${file}`);
  const differing = stdout.match(/ differ$/gm)?.length ?? 0;

  const changes = jsonLines((await home.run(["diff", "--json"])).stdout).slice(1, -1);
  const ours = new Set<string>();
  let modified = 0;
  for (const { kind, path, from, before, after } of changes as unknown as Record<
    string,
    string
  >[]) {
    const relative = (text: string): string => text.slice(at("now").length + 1);
    if (kind === "modified") modified++;
    else if (kind === "moved") ours.add(`gone ${relative(from!)}`).add(`came ${relative(path!)}`);
    else if (before === null) ours.add(`came ${relative(path!)}`);
    else if (after === null) ours.add(`gone ${relative(path!)}`);
    else throw new Error(`Unexpected: ${kind} ${path}`);
  }
  expect([...ours].sort()).toEqual([...told].sort());
  expect(modified).toBe(differing);
  expect(changes.map(({ kind }) => String(kind))).toContain("moved");
});

test.skipIf(Bun.which("rsync") === null)(
  "diff: each file is what rsync -n --itemize-changes --checksum makes of it, by name",
  async () => {
    const flags = "-n -rlt8 --checksum --delete --itemize-changes --out-format='%i %n'";
    const { stdout } = await home.shell(`LC_ALL=C rsync ${flags} now/ then/`);
    const rsync = new Set<string>();
    for (const line of stdout.trimEnd().split("\n")) {
      const [how, name] = [line.slice(0, 11), line.slice(12)];
      if (name.endsWith("/")) continue; // folders are no witnesses here
      const path = name.replaceAll(/\\#([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      );
      if (how.startsWith("*deleting")) rsync.add(`gone ${path}`);
      else if (how.startsWith(">f+++")) rsync.add(`came ${path}`);
      else if (/^>f[c.]?.*[cs]/.test(how)) rsync.add(`modified ${path}`);
      else rsync.add(`touched ${path}`);
    }
    const ours = new Set<string>();
    const { stdout: text } = await home.run(["diff", "--json"]);
    const below = (path: unknown): string => String(path).slice(at("now").length + 1);
    for (const { type, kind, path, from } of jsonLines(text)) {
      if (type !== "change") continue;
      if (kind === "moved") ours.add(`gone ${below(from)}`);
      if (kind === "removed") ours.add(`gone ${below(path)}`);
      else if (kind === "added" || kind === "moved" || kind === "copied")
        ours.add(`came ${below(path)}`);
      else ours.add(`${kind as string} ${below(path)}`);
    }
    expect([...ours].sort()).toEqual([...rsync].sort());
  },
);

test("diff --disk: tells before a scan what diff tells after it, and reads only what differs", async () => {
  expect(disk).toMatchObject({ exit: 0, stderr: "" });
  const [first, ...events] = jsonLines(disk.stdout);
  expect(first).toMatchObject({ type: "diff", to: { disk: true } });
  const [, ...later] = jsonLines((await home.run(["diff", "--json"])).stdout);
  expect(events.slice(0, -1)).toEqual(later.slice(0, -1));
  expect(events.map(({ kind }) => String(kind))).toContain("copied");
  const [summary, laterSummary] = [events.at(-1)!, later.at(-1)!];
  expect(summary).toEqual({
    ...laterSummary,
    read_count: expect.any(Number),
    carried_count: expect.any(Number),
  });
  const none = await home.shell("bsv diff --disk --exit-code");
  expect(none).toMatchObject({ exit: 0, stderr: "" });
  expect(none.stdout).toMatch(/no changes\n\d+ unchanged: /);
});

test("I6: after mv a moved; cp moved copy, diff and diff --disk tell that a is moved, and copy is a copy", async () => {
  using other = new Home();
  await other.shell(
    "mkdir t && echo content > t/a && printf 'backupsets:\\n  t: { paths: [t] }\\n' > bsv.yaml",
  );
  expect((await other.run(["scan"])).exit).toBe(0);
  await other.shell("mv t/a t/moved && cp t/moved t/copy");
  const told = async (...words: string[]): Promise<string[]> =>
    jsonLines((await other.run(["diff", "--json", ...words])).stdout)
      .slice(1, -1)
      .map(({ kind, from, path }) =>
        [kind, from, path].join(" ").replaceAll(join(other.folder, "t/"), ""),
      );
  const expected = ["copied a copy", "moved a moved"];
  expect(await told("--disk")).toEqual(expected);
  expect([0, 4]).toContain((await other.run(["scan"])).exit);
  expect(await told()).toEqual(expected);
});

const isRoot = process.getuid?.() === 0; // to whom nothing is unreadable
test.skipIf(isRoot && Bun.which("setpriv") === null)(
  "I6: diff --disk says of what lies below a closed folder why it is unknown, as diff does after a scan",
  async () => {
    using other = new Home();
    const someone = isRoot ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : "";
    const told = (words: string) =>
      other.shell(
        `${words} && ${someone} "$BSV" diff --json $DISK | jq -c 'select(.type == "change")'`,
      );
    const before = await told(`
      mkdir -p t/closed/in && echo 1 > t/closed/in/a && echo 2 > t/b
      printf 'backupsets:\\n  t: { paths: [t] }\\n' > bsv.yaml
      ${isRoot ? "chown -R 65534:65534 ." : ""}
      ${someone} "$BSV" scan -q >&2 && chmod 0 t/closed && DISK=--disk`);
    const after = await told(`${someone} "$BSV" scan -q >&2; DISK=`);
    await other.shell("chmod 700 t/closed");
    expect(before.stdout).toBe(after.stdout);
    const changes = before.stdout.trim().split("\n");
    expect(changes.map((line) => JSON.parse(line)["why"])).toEqual([
      "EACCES: permission denied",
      "EACCES: permission denied",
    ]);
  },
);

test("I6: diff --disk takes nothing below a root that is not there for removed", async () => {
  renameSync(at("now"), at("unplugged"));
  try {
    const { stdout, exit } = await home.run(["diff", "--disk", "--exit-code", "--only", "removed"]);
    expect(exit).toBe(0);
    expect(stdout).toContain(`${at("now")} is offline`);
    const all = await home.run(["diff", "--disk", "--exit-code", "--json"]);
    expect(all.exit).toBe(3);
    const told = jsonLines(all.stdout).filter(({ type }) => type === "change");
    const kinds = new Set(told.map(({ kind, why }) => `${String(kind)} ${String(why)}`));
    expect([...kinds]).toEqual(["unknown ROOT_OFFLINE: the root was not there"]);
  } finally {
    renameSync(at("unplugged"), at("now"));
  }
  expect((await home.run(["diff", "latest", "latest~1", "--disk"])).exit).toBe(2);
});

test("du: each folder holds the bytes that find finds below it", async () => {
  const { stdout } = await home.run(["du", "--depth", "9", "--json"]);
  const { groups } = JSON.parse(stdout) as {
    groups: { group: string; bytes: number; files: number }[];
  };
  expect(groups.length).toBeGreaterThan(10);
  for (const { group, bytes, files } of groups) {
    const found = await home.shell(
      `find '${group}' -type f -printf '%s\\n' | awk '{ s += $1; n++ } END { print s, n }'`,
    );
    expect(found.stdout.trim()).toBe(`${bytes} ${files}`);
  }
  const total = groups.find(({ group }) => group === `${at("now")}/`)!;
  const du = await home.shell(
    `echo $(( $(du -sbl now | cut -f1) - $(find now -type d -printf '%s\\n' | awk '{ s += $1 } END { print s }') ))`,
  );
  expect(du.stdout.trim()).toBe(String(total.bytes));
});

test("du --growth: what is bigger now is what the two trees differ by", async () => {
  const sizeOf = async (tree: string) =>
    Number(
      (await home.shell(`find ${tree} -type f -printf '%s\\n' | awk '{ s += $1 } END { print s }'`))
        .stdout,
    );
  const { stdout } = await home.run(["du", "--growth", "latest~1", "--depth", "0", "--json"]);
  const [root] = (JSON.parse(stdout) as { groups: { growth: { bytes: number } }[] }).groups;
  expect(root!.growth.bytes).toBe((await sizeOf("now")) - (await sizeOf("then")));
});

test("find --same-as: the checksum is that of sha256sum, and both places are found", async () => {
  const [path] = files;
  cpSync(at("then"), at("copy"), { recursive: true });
  const sum = (await home.shell(`sha256sum < '${at(path!.replace("now/", "then/"))}'`)).stdout;
  const { stdout } = await home.run([
    "find",
    "--same-as",
    path!.replace("now/", "copy/"),
    "--json",
  ]);
  const rows = JSON.parse(stdout) as { entry: { path: string; checksum: string } }[];
  expect(rows.map(({ entry }) => entry.path)).toContain(at(path!));
  for (const { entry } of rows) expect(entry.checksum).toBe(sum.slice(0, 64));
});
