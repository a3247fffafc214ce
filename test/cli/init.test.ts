import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configJsonSchema } from "#core/config/config.ts";
import { loadBackupsetFile } from "#disk/backupset-file.ts";
import { Home } from "./harness.ts";
import { onTerminal } from "./terminal.ts";

const fileOf = (home: Home) => join(home.folder, "bsv.yaml");
const configOf = (home: Home) => loadBackupsetFile(fileOf(home), home.folder);

test("init without a terminal writes this folder by its own name, and the schema beside it", async () => {
  using home = new Home();
  mkdirSync(join(home.folder, "photos"));
  const cwd = join(home.folder, "photos");
  const ran = await home.run(["init"], { cwd });
  expect(ran).toMatchObject({
    exit: 0,
    stdout: `wrote ${cwd}/bsv.yaml\nwrote ${cwd}/bsv.schema.json\n`,
  });
  const set = loadBackupsetFile(join(cwd, "bsv.yaml"), "/").backupsets.get("photos")!;
  expect(set.roots.map(({ path }) => path)).toEqual([cwd]);
  expect(statSync(join(cwd, "bsv.yaml")).mode & 0o777).toBe(0o600);
  const text = readFileSync(join(cwd, "bsv.yaml"), "utf8");
  expect(text).toStartWith("# yaml-language-server: $schema=./bsv.schema.json\n");
  expect(await Bun.file(join(cwd, "bsv.schema.json")).json()).toEqual(configJsonSchema());
});

test("init takes everything by flags, patterns and hostile paths exactly", async () => {
  using home = new Home();
  const { exit } = await home.shell(
    `bsv init $'caf\\xe9' '*star' '!bang' --name 1.0 --exclude '*.log' --exclude '!keep.log' --description 'a: "b"' --remote http://localhost:1`,
  );
  expect(exit).toBe(0);
  const config = configOf(home);
  const set = config.backupsets.get("1.0")!;
  expect(set.roots.map(({ path }) => path)).toEqual([
    `${home.folder}/caf\udce9`,
    `${home.folder}/*star`,
    `${home.folder}/!bang`,
  ]);
  expect(set.exclude.map(({ pattern }) => pattern)).toEqual(["*.log", "!keep.log"]);
  expect(set.description).toBe('a: "b"');
  expect(config.remoteUrl?.value).toBe("http://localhost:1");
});

test("every commented key of the written file is a key there is, and valid once uncommented", async () => {
  using home = new Home();
  await home.run(["init", "/srv/x", "--name", "x"]);
  const text = readFileSync(fileOf(home), "utf8");
  const all = text.replaceAll(/^( *)# ((?:[a-z_]+:.*|  - .*))$/gm, "$1$2");
  writeFileSync(fileOf(home), all);
  const config = configOf(home);
  expect([...config.backupsets.get("x")!.stated.keys()].sort()).toEqual(
    Object.keys(schemaProperties("backupsets")).sort(),
  );
  expect([config.machineId, config.dataDir, config.keepDocuments, config.remoteUrl]).not.toContain(
    undefined,
  );
});

const schemaProperties = (key: string): object => {
  const schema = configJsonSchema() as {
    properties: Record<string, { additionalProperties: { properties: object } }>;
  };
  return schema.properties[key]!.additionalProperties.properties;
};

test("init never overwrites, and a dry run writes nothing", async () => {
  using home = new Home();
  const dry = await home.run(["init", "--dry-run", "--name", "x"]);
  expect(dry).toMatchObject({ exit: 0, stdout: expect.stringContaining("backupsets:\n  x:\n") });
  expect(await Bun.file(fileOf(home)).exists()).toBe(false);
  writeFileSync(fileOf(home), "mine");
  writeFileSync(join(home.folder, "bsv.schema.json"), "mine too");
  const ran = await home.run(["init"]);
  expect(ran).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("There is a file already"),
  });
  expect(readFileSync(fileOf(home), "utf8")).toBe("mine");
  await home.run(["init", "--file", "other.yaml"]);
  expect(readFileSync(join(home.folder, "bsv.schema.json"), "utf8")).toBe("mine too");
});

test("init refuses what would not pass its own check, and leaves nothing behind", async () => {
  using home = new Home();
  for (const args of [
    ["/a", "/a/b", "--name", "x"],
    ["--name", "bad name"],
    ["--remote", "ftp://x", "--name", "x"],
  ]) {
    expect((await home.run(["init", ...args])).exit).toBe(2);
  }
  expect(await Bun.file(fileOf(home)).exists()).toBe(false);
});

test("init asks on a terminal, and again where an answer is none", async () => {
  using home = new Home();
  const { exit, shown } = await onTerminal(
    home,
    ["init"],
    [
      { after: "to witness [.]: ", text: "/srv/a\n" },
      { after: "no more): ", text: "/srv/b\n" },
      { after: "no more): ", text: "\n" },
      { after: "backupset [a]: ", text: "bad name\n" },
      { after: "backupset [a]: ", text: "good\n" },
    ],
  );
  expect(shown).toContain("starts with a letter or digit");
  expect(exit).toBe(0);
  expect(
    configOf(home)
      .backupsets.get("good")!
      .roots.map(({ path }) => path),
  ).toEqual(["/srv/a", "/srv/b"]);
});

test("with --no-input nothing is asked, and Ctrl-C or Ctrl-D at a question writes nothing", async () => {
  using home = new Home();
  for (const key of ["\u0003", "\u0004"]) {
    const { exit } = await onTerminal(home, ["init"], [{ after: "to witness", text: key }]);
    expect(exit).toBe(130);
  }
  expect(await Bun.file(fileOf(home)).exists()).toBe(false);
  const { exit, shown } = await onTerminal(home, ["init", "--no-input"], []);
  expect(exit).toBe(0);
  expect(shown).not.toContain("[.]");
});
