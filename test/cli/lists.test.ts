// Lists of checksums that other tools read, and their lists read by us: with the real tools, on names of every kind.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Home } from "./harness.ts";

const has = (tool: string) => Bun.which(tool) !== null;

/** Names that some format has trouble with. */
const ODD = String.raw`mkdir -p tree/deep tree/$'\xff\xfe' tree/'a b' && cd tree
for n in $'new\nline' 'back\slash' $'caf\xe9' ' lead' 'trail ' '#hash' $'cr\rmid' $'end\r' 'star*?[x]' 'pct%41%0A' 'com,ma"q' '=1+1' '-dash' './-' $'tab\t' deep/y 'a b/é ü' $'\xff\xfe/x'; do echo "$n" > "$n"; done
ln -s deep/y link; touch -d '1960-01-01 00:00:00.123456789' old; truncate -s 70000 zeros`;
const FILES = 20;

/** One tree and its snapshot for all that only reads them; whoever changes files works on a copy. */
const home = new Home();
beforeAll(async () => {
  await home.shell(ODD);
  await home.run(["init", "tree", "--name", "tree"]);
  expect((await home.run(["scan"])).exit).toBe(0);
});
afterAll(() => home[Symbol.dispose]());

const tree = (home: Home) => join(home.folder, "tree");

async function exported(home: Home, format: string, file: string) {
  const line = [
    "export",
    "tree@latest",
    "--format",
    format,
    "--relative-to",
    tree(home),
    "-o",
    file,
  ];
  return home.run([...line, "--json"]);
}

test.if(has("sha256sum"))(
  "sha256sum -c accepts every file of what --format sha256sums writes, and sees a flipped bit",
  async () => {
    const { exit, stdout } = await exported(home, "sha256sums", "sums");
    await home.shell("cp -a tree t1");
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      files: FILES,
      omits: ["sizes", "mtimes", "inodes"],
      left_out: { symlink: 1, name: 0, unreadable: 0 },
    });
    const checked = await home.shell("cd t1 && sha256sum --strict -c ../sums | grep -c OK");
    expect(checked.stdout).toBe(`${FILES}\n`);
    const own = await home.shell(
      "cd t1 && find . -type f ! -name - -printf '%P\\0' | xargs -0 sha256sum -- | LC_ALL=C sort > ../own; grep -av ' [.]/-$' ../sums | LC_ALL=C sort | cmp - ../own",
    );
    expect(own.stdout + own.stderr).toBe("");
    await home.shell("printf x >> t1/deep/y");
    expect((await home.shell("cd t1 && sha256sum --quiet -c ../sums")).stdout).toBe(
      "deep/y: FAILED\n",
    );
  },
);

test.if(has("hashdeep"))(
  "hashdeep audits what --format hashdeep writes; names with line ends are told, exit 3",
  async () => {
    const { exit, stdout } = await exported(home, "hashdeep", "known");
    await home.shell("cp -a tree t2");
    expect(exit).toBe(3);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ files: FILES - 2, left_out: { name: 2 } });
    expect(told.examples.map((path: string) => path.slice(tree(home).length + 1)).sort()).toEqual([
      "end\r",
      "new\nline",
    ]);
    for (const name of ["end\r", "new\nline", "link"]) rmSync(join(home.folder, "t2", name));
    const audit = `cd t2 && find . -type f -printf '%P\\0' | xargs -0 hashdeep -c sha256 -l -a -vv -k ../known --`;
    const passed = await home.shell(audit);
    expect(passed.stdout).toContain("Audit passed");
    expect(passed.stdout).toContain(`Files matched: ${FILES - 2}`);
    await home.shell("printf x >> t2/deep/y");
    expect((await home.shell(audit)).stdout).toContain("Audit failed");
  },
);

test.if(has("mtree"))(
  "mtree accepts what --format mtree writes, sizes, times and links too, and sees a touched file",
  async () => {
    const { exit, stdout } = await exported(home, "mtree", "spec");
    await home.shell("cp -a tree t3");
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ files: FILES + 1, omits: ["inodes"] });
    const check = "mtree -f spec -p t3 -k type,size,time,sha256,link";
    expect(await home.shell(check)).toMatchObject({ exit: 0, stdout: "" });
    await home.shell("touch -d 2001-01-01 t3/deep/y; echo more > t3/extra; rm t3/#hash");
    const found = await home.shell(check);
    expect(found.exit).toBe(2);
    expect(found.stdout).toContain("extra");
    expect(found.stdout).toContain("deep/y");
    expect(found.stdout).toMatch(/missing:.*hash/);
  },
);

/** What RFC 8493 asks of a bag: declaration, manifest and payload agree, nothing missing, nothing more; tag files, too. */
function bagProblems(bag: string): string[] {
  const problems: string[] = [];
  const sumOf = (file: Buffer) => Bun.SHA256.hash(readFileSync(file), "hex") as string;
  const read = (name: string) => readFileSync(join(bag, name), "utf8");
  if (!/^BagIt-Version: 1\.0\nTag-File-Character-Encoding: UTF-8\n$/.test(read("bagit.txt")))
    problems.push("bagit.txt");
  const manifest = (name: string) =>
    read(name)
      .split("\n")
      .slice(0, -1)
      .map((line) => /^([0-9a-f]{64})  (.+)$/.exec(line)!)
      .map(
        ([, sum, path]) =>
          [path!.replaceAll(/%(0[AD]|25)/gi, (code) => decodeURIComponent(code)), sum!] as const,
      );
  const listed = new Map(manifest("manifest-sha256.txt"));
  const held = Bun.spawnSync(["find", "data", "-type", "f", "-print0"], { cwd: bag })
    .stdout.toString("latin1")
    .split("\0")
    .slice(0, -1);
  for (const path of held) {
    const bytes = Buffer.from(path, "latin1");
    const sum = listed.get(bytes.toString("utf8"));
    if (sum === undefined) problems.push(`not listed: ${path}`);
    else if (sum !== sumOf(Buffer.concat([Buffer.from(`${bag}/`), bytes])))
      problems.push(`changed: ${path}`);
  }
  if (held.length !== listed.size) problems.push(`${listed.size} listed, ${held.length} held`);
  for (const [name, sum] of manifest("tagmanifest-sha256.txt")) {
    if (sumOf(Buffer.from(join(bag, name))) !== sum) problems.push(`tag file ${name}`);
  }
  const oxum = /^Payload-Oxum: (\d+)\.(\d+)$/m.exec(read("bag-info.txt"))!;
  if (Number(oxum[2]) !== listed.size) problems.push("Payload-Oxum");
  return problems;
}

test("--format bagit makes a folder a bag by RFC 8493; names that are not UTF-8 are told, exit 3", async () => {
  const { exit, stdout } = await exported(home, "bagit", "bag");
  expect(exit).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ files: FILES - 2, left_out: { name: 2, symlink: 1 } });
  await home.shell(
    "cp -a tree bag/data; rm -r bag/data/link bag/data/$'caf\\xe9' bag/data/$'\\xff\\xfe'",
  );
  expect(bagProblems(join(home.folder, "bag"))).toEqual([]);
  await home.shell("printf x >> bag/data/deep/y; rm bag/data/pct*");
  expect(bagProblems(join(home.folder, "bag"))).toHaveLength(2);
});

const CAN_BAGIT = has("python3") && Bun.spawnSync(["python3", "-c", "import bagit"]).success;
test.if(CAN_BAGIT)("the bagit package of Python finds the bag valid", async () => {
  await exported(home, "bagit", "bag2");
  await home.shell(
    "cp -a tree bag2/data; rm -r bag2/data/link bag2/data/$'caf\\xe9' bag2/data/$'\\xff\\xfe'",
  );
  const valid = await home.shell("python3 -c 'import bagit; bagit.Bag(\"bag2\").validate()'");
  expect(valid).toMatchObject({ exit: 0 });
});

/** The snapshot's facts, with --json, of the newest of a set. */
async function shown(
  home: Home,
  set: string,
): Promise<{ tree_hash: string; tags?: string[]; timestamp: string }> {
  return JSON.parse((await home.run(["show", `${set}@latest`, "--json"])).stdout);
}

test("I5: ndjson and csv are imported as they were exported, entry for entry", async () => {
  using there = new Home();
  const { tree_hash, timestamp } = await shown(home, "tree");
  for (const format of ["ndjson", "csv"]) {
    const { stdout, exit } = await home.run(["export", "tree@latest", "--format", format]);
    expect(exit).toBe(0);
    writeFileSync(join(there.folder, `list.${format}`), stdout);
  }
  expect((await there.run(["import", "list.ndjson"])).stdout).toStartWith("Stored ");
  expect(await shown(there, "tree")).toMatchObject({ tree_hash });
  const line = ["import", "list.csv", "--set", "box/again", "--at", timestamp];
  expect(await there.run(line)).toMatchObject({ exit: 0, stderr: "" });
  expect(await shown(there, "box/again")).toMatchObject({ tree_hash });
  const cells = readFileSync(join(there.folder, "list.csv"), "utf8");
  expect(cells).not.toMatch(/(^|,)"?[=+@]/m);
});

test("mtree comes back with paths, sizes, times, links and checksums; inodes are what it loses", async () => {
  await exported(home, "mtree", "spec");
  const line = ["import", "spec", "--set", "again", "--at", "2026-01-01", "--prefix", tree(home)];
  expect(await home.run(line)).toMatchObject({ exit: 0 });
  const files = async (set: string) => {
    const { stdout } = await home.run(["export", `${set}@latest`]);
    return (JSON.parse(stdout).files as { inode: number }[]).map((entry) => ({
      ...entry,
      inode: 0,
    }));
  };
  expect(await files("again")).toEqual(await files("tree"));
});

test("what a list does not tell is not made up: refused, exit 2; --unknown-as-zero records 0 and says so by tags", async () => {
  await exported(home, "sha256sums", "sums");
  const line = ["import", "sums", "--set", "zero", "--at", "2026-01-01", "--prefix", tree(home)];
  const refused = await home.run(line);
  expect(refused.exit).toBe(2);
  expect(refused.stderr).toContain(
    `tells no size of ${FILES} files and no mtime of ${FILES} files`,
  );
  expect((await home.run([...line, "--unknown-as-zero"])).stdout).toStartWith("Stored ");
  expect((await shown(home, "zero")).tags).toEqual(["unknown-mtime", "unknown-size"]);
  const { stdout } = await home.run([
    "export",
    "zero@latest",
    "--format",
    "sha256sums",
    "--relative-to",
    tree(home),
  ]);
  expect(stdout.split("\n").sort()).toEqual(
    readFileSync(join(home.folder, "sums"), "utf8").split("\n").sort(),
  );
});

test("a list with a line that is none, or a name twice, is refused with that line; --set needs --at", async () => {
  using home = new Home();
  const hex = "ab".repeat(32);
  writeFileSync(join(home.folder, "bad"), `${hex}  a\nnonsense\n`);
  writeFileSync(join(home.folder, "twice"), `# one\n${hex}  a\n# two\n${hex}  b\n${hex}  a\n`);
  const line = ["--set", "s", "--at", "2026-01-01", "--unknown-as-zero"];
  expect((await home.run(["import", "bad", ...line])).stderr).toContain(
    "Line 2: The line is no checksum and a name",
  );
  expect((await home.run(["import", "twice", ...line])).stderr).toContain(
    "Line 5: path: stands in the document twice",
  );
  expect((await home.run(["import", "bad", "--set", "s"])).exit).toBe(2);
  expect((await home.run(["import", "twice", "--at", "2026-01-01"])).stderr).toContain(
    "needs both --set and --at",
  );
});

test("a checksum that says to be no SHA-256, though as long as one, is refused: a snapshot could not tell", async () => {
  using other = new Home();
  writeFileSync(join(other.folder, "list"), `BLAKE2b-256 (a) = ${"ab".repeat(32)}\n`);
  const args = ["import", "list", "--set", "m/s", "--at", "2026-01-01T00:00:00Z"];
  const { exit, stderr } = await other.run([...args, "--unknown-as-zero"]);
  expect([exit, stderr]).toEqual([4, expect.stringContaining("it is blake2b-256")]);
  expect(stderr).toContain("Line 1");
});

test("bsv import - takes JSON, NDJSON and lists from a pipe, compressed too; --dry-run keeps nothing of it", async () => {
  using there = new Home();
  const outputs = { json: "", ndjson: "", csv: "" };
  for (const format of ["json", "ndjson", "csv"] as const) {
    outputs[format] = (await home.run(["export", "tree@latest", "--format", format])).stdout;
  }
  const dry = await there.run(["import", "-", "-n"], { stdin: outputs.json });
  expect(dry.stdout).toStartWith("Would store ");
  expect((await there.run(["import", "-"], { stdin: outputs.ndjson })).stdout).toStartWith(
    "Stored ",
  );
  expect((await there.run(["import", "-"], { stdin: outputs.json })).stdout).toStartWith(
    "Already there: ",
  );
  const line = ["import", "-", "--set", "box/list", "--at", "2026-01-01"];
  expect((await there.run(line, { stdin: outputs.csv })).stdout).toStartWith("Stored ");
  writeFileSync(join(there.folder, "z"), Bun.gzipSync(outputs.ndjson));
  expect((await there.shell("bsv import - < z")).stdout).toStartWith("Already there: ");
  expect((await there.run(["import", "-"], { stdin: "" })).exit).toBe(4);
  const spool = join(there.env["BSV_HOME"]!, "data/spool");
  expect(readdirSync(spool)).toEqual([]);
});

test("--dry-run foretells that a deleted snapshot does not come back, exit 5", async () => {
  using home = new Home();
  await home.shell("mkdir tree; echo 1 > tree/a; bsv init tree --name tree; bsv scan");
  const { stdout } = await home.run(["export", "latest"]);
  await home.shell("echo 2 > tree/new; bsv scan");
  await home.run(["delete", "latest~1", "--yes"]);
  const dry = await home.run(["import", "-", "-n"], { stdin: stdout });
  expect(dry.exit).toBe(5);
  expect(dry.stderr).toContain("[gone]");
});

test("a list of a folder in which nothing was recorded is none: not found, exit 5, and no file is written", async () => {
  using home = new Home();
  await home.shell("mkdir tree; echo 1 > tree/a; bsv init tree --name tree; bsv scan");
  const line = ["export", "latest", "--format", "sha256sums", "--relative-to"];
  for (const folder of ["tree", join(home.folder, "elsewhere"), join(home.folder, "tree/a")]) {
    const ran = await home.run([...line, folder, "-o", "sums"]);
    expect(ran).toMatchObject({ exit: 5, stdout: "" });
    expect(ran.stderr).toContain(`Nothing in the snapshot is below ${folder} [not_found]`);
    expect(existsSync(join(home.folder, "sums"))).toBe(false);
  }
  expect((await home.run([...line, join(home.folder, "tree")])).stdout).toEndWith("  a\n");
});

test("a document is exported whole: --relative-to is for lists, and a name that leads out of the folder is left out", async () => {
  using home = new Home();
  const document = {
    timestamp: "2026-01-01T00:00:00Z",
    machine_id: "box",
    backupset_name: "s",
    summary: { file_count: 2, total_size: 2, error_count: 0 },
    files: ["/x/../../etc/passwd", "/x/y"].map((path) => ({
      path,
      size: 1,
      mtime: 1,
      checksum: "ab".repeat(32),
    })),
  };
  await home.run(["import", "-"], { stdin: JSON.stringify(document) });
  expect((await home.run(["export", "latest", "--relative-to", "/x"])).exit).toBe(2);
  for (const format of ["sha256sums", "mtree", "bagit", "hashdeep"]) {
    const ran = await home.run(["export", "latest", "--format", format, "--relative-to", "/x"]);
    expect([format, ran.exit, ran.stdout.includes("passwd")]).toEqual([format, 3, false]);
    expect(ran.stderr).toContain(
      "Left out: 1 name that it cannot write (such as /x/../../etc/passwd)",
    );
  }
});
