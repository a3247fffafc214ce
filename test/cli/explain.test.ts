import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Home } from "./harness.ts";

/** A home with a backupset file and these files; a path that ends with / is a folder. */
const homeWith = (
  text: string,
  files: readonly string[],
  contents: Record<string, string> = {},
) => {
  const home = new Home();
  writeFileSync(join(home.folder, "bsv.yaml"), text);
  for (const file of files) {
    mkdirSync(join(home.folder, file.endsWith("/") ? file : dirname(file)), { recursive: true });
    if (!file.endsWith("/")) writeFileSync(join(home.folder, file), contents[file] ?? "");
  }
  return home;
};

const DOCS = `backupsets:
  docs:
    paths: [docs]
    exclude: ["*.log", "/cache/"]
    exclude_if_present: [.nobackup]
    ignore_files: [.gitignore]
`;

/** What `explain` says of each path, the home's folder written as ~. */
const explained = async (home: Home, ...paths: string[]) => {
  const { stdout, exit, stderr } = await home.run(["explain", ...paths]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  return stdout
    .replaceAll(home.folder, "~")
    .split("\n")
    .filter((line) => line.startsWith("  "));
};

test("explain names the rule, its file and its line", async () => {
  const files = [
    "docs/a.txt",
    "docs/a.log",
    "docs/cache/x/y",
    "docs/sub/.gitignore",
    "docs/sub/k.tmp",
    "docs/sub/x.tmp",
  ];
  using home = homeWith(DOCS, files, { "docs/sub/.gitignore": "# junk\n*.tmp\n!k.tmp\n" });
  const root = "the root ~/docs (~/bsv.yaml:3:13)";
  expect(await explained(home, ...files, "docs", "docs/sub/", "bsv.yaml")).toEqual([
    `  docs: in, below ${root}`,
    '  docs: out, it is left out by "*.log" at ~/bsv.yaml:4:15',
    '  docs: out, ~/docs/cache is left out by "/cache/" at ~/bsv.yaml:4:24',
    `  docs: in, below ${root}`,
    `  docs: in, below ${root}, kept by "!k.tmp" at ~/docs/sub/.gitignore:3:1`,
    '  docs: out, it is left out by "*.tmp" at ~/docs/sub/.gitignore:2:1',
    `  docs: in, below ${root}; of a folder the files are recorded`,
    `  docs: in, below ${root}; of a folder the files are recorded`,
    "  docs: out, under none of its roots: ~/docs",
  ]);
});

test("explain names what is no rule: markers, links, special files, bsv's own folder, what is not there", async () => {
  const text = `data_dir: docs/own\n${DOCS}  gone: { paths: [usb] }\n`;
  using home = homeWith(text, [
    "docs/marked/.nobackup",
    "docs/marked/x",
    "docs/own/bsv.db",
    "docs/plain",
  ]);
  symlinkSync("plain", join(home.folder, "docs/link"));
  symlinkSync("..", join(home.folder, "docs/up"));
  Bun.spawnSync(["mkfifo", join(home.folder, "docs/pipe")]);
  home.env["BSV_HOME"] = "";
  const say = async (path: string) => (await explained(home, path))[0];
  expect(await say("docs/marked/x")).toBe(
    '  docs: out, ~/docs/marked holds ".nobackup" at ~/bsv.yaml:6:26',
  );
  expect(await say("docs/marked")).toBe('  docs: out, it holds ".nobackup" at ~/bsv.yaml:6:26');
  expect(await say("docs/link")).toStartWith("  docs: in, below the root");
  expect(await say("docs/up/docs/plain")).toBe(
    "  docs: out, ~/docs/up is a symlink: it is recorded, but not followed",
  );
  expect(await say("docs/pipe")).toBe(
    "  docs: out, it is a FIFO, socket or device, and these are never opened",
  );
  expect(await say("docs/own/bsv.db")).toBe("  docs: out, ~/docs/own is bsv's own data folder");
  expect(await say("docs/plain/x")).toBe("  docs: out, it is not there");
  expect(await say("docs/none/at/all")).toBe("  docs: out, it is not there");
  expect(await say("docs/none.log")).toBe(
    '  docs: out, it is not there; if it were, it would be left out by "*.log" at ~/bsv.yaml:5:15',
  );
  expect((await explained(home, "usb/x"))[1]).toBe(
    "  gone: unknown, ~/usb is offline: ENOENT: not there",
  );
});

test("I5: explain finds a file whose name is not UTF-8, and its rule", async () => {
  using home = homeWith('backupsets: { docs: { paths: [docs], exclude: ["\\udcff*"] } }', [
    "docs/",
  ]);
  const { stdout } = await home.shell(
    `touch docs/$'caf\\xe9' docs/$'\\xffx'; bsv explain --json docs/$'caf\\xe9' docs/$'\\xffx'`,
  );
  const answers = JSON.parse(stdout) as { path: string; verdict: string; rule: unknown }[];
  expect(answers.map(({ path, verdict }) => [path, verdict])).toEqual([
    [`${home.folder}/docs/caf\udce9`, "in"],
    [`${home.folder}/docs/\udcffx`, "out"],
  ]);
});

test("explain --json names set, root, rule and place; --set picks one set; an unknown one is exit 5", async () => {
  using home = homeWith(`${DOCS}  other: { paths: [.] }\n`, ["docs/a.log"]);
  const { stdout } = await home.run(["explain", "docs/a.log", "--set", "docs", "--json"]);
  expect(JSON.parse(stdout)).toEqual([
    {
      path: `${home.folder}/docs/a.log`,
      backupset_name: "docs",
      verdict: "out",
      why: "rule",
      root: `${home.folder}/docs`,
      at: `${home.folder}/docs/a.log`,
      rule: { pattern: "*.log", file: `${home.folder}/bsv.yaml`, line: 4, column: 15 },
      error: null,
    },
  ]);
  expect((await home.run(["explain", "docs", "--set", "dosc"])).exit).toBe(5);
});

test("explain finds the way where the root is named through a link, and one stands in the real folder", async () => {
  using home = homeWith("backupsets: { docs: { paths: [link/docs] } }", ["real/docs/a"]);
  symlinkSync("real", join(home.folder, "link"));
  expect(await explained(home, "real/docs/a")).toEqual([
    "  docs: in, below the root ~/link/docs (~/bsv.yaml:1:31)",
  ]);
});
