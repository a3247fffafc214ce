import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Home } from "./harness.ts";

const withFile = (text: string, env: Record<string, string> = {}) => {
  const home = new Home(env);
  writeFileSync(join(home.folder, "bsv.yaml"), text);
  return home;
};

test("config show tells every value with the place it came from", async () => {
  using home = withFile(`machine_id: devbox-001
backupsets:
  docs:
    paths: [docs, /srv]
    exclude: ["*.log"]
`);
  const { stdout, exit } = await home.run(["config", "show"]);
  expect(exit).toBe(0);
  expect(stdout.replaceAll(home.folder, "~").replaceAll(/ +$/gm, "").replaceAll(/  +/g, "  "))
    .toMatchInlineSnapshot(`
    "KEY  VALUE  FROM
    machine_id  devbox-001  ~/bsv.yaml:1:1
    data_dir  ~/bsv-home/data  BSV_HOME
    keep_documents  10  default
    remote.url  -  default
    server.host  127.0.0.1  default
    server.port  8080  default
    server.base_path  -  default
    server.tls_cert  -  default
    server.tls_key  -  default
    server.allow_hosts  -  default
    server.allow_origins  -  default
    server.trusted_proxies  -  default
    server.metrics_token_file  -  default
    server.limits.body_size  8GiB  default
    server.limits.document_size  32GiB  default
    server.limits.part_size  64MiB  default
    server.limits.header_size  4MiB  default
    server.limits.entry_size  1MiB  default
    server.limits.entries  100000000  default
    server.limits.depth  8  default
    server.limits.body_time  1h  default
    server.limits.request_time  2h  default
    server.limits.requests  100  default
    server.limits.request_burst  3000  default
    server.limits.failed_logins  10  default
    server.limits.open_requests  1024  default
    server.limits.open_requests_each  256  default
    server.limits.uploads  8  default
    server.limits.downloads  64  default
    server.limits.downloads_each  16  default
    server.limits.connections  10000  default
    server.limits.owner_size  256GiB  default
    server.limits.owner_snapshots  500000  default
    server.limits.owner_sets  10000  default
    backupsets.docs.description  -  default
    backupsets.docs.paths  ~/docs, /srv  ~/bsv.yaml:4:5
    backupsets.docs.exclude  *.log  ~/bsv.yaml:5:5
    backupsets.docs.exclude_if_present  -  default
    backupsets.docs.ignore_files  -  default
    backupsets.docs.one_file_system  false  default
    backupsets.docs.follow_root_symlink  false  default
    backupsets.docs.expect.min_files  -  default
    backupsets.docs.expect.marker  -  default
    backupsets.docs.copies  -  default
    backupsets.docs.retention  -  default
    "
  `);
});

test("flags come before BSV_* variables before BSV_HOME before the file before defaults", async () => {
  const text = "data_dir: from-file\nkeep_documents: 3\nbackupsets: {}\n";
  const show = async (env: Record<string, string>, ...args: string[]) => {
    using home = withFile(text, env);
    const { stdout } = await home.run(["config", "show", "--json", ...args]);
    const { settings } = JSON.parse(stdout.replaceAll(home.folder, "~"));
    return [settings.data_dir, settings.keep_documents, settings["remote.url"]];
  };
  expect(await show({ BSV_HOME: "" })).toEqual([
    { value: "~/from-file", from: "~/bsv.yaml:1:1" },
    { value: 3, from: "~/bsv.yaml:2:1" },
    { value: null, from: "default" },
  ]);
  const env = { BSV_KEEP_DOCUMENTS: "all", BSV_REMOTE: "http://localhost" };
  expect(await show({ ...env, BSV_HOME: "/h" })).toEqual([
    { value: "/h/data", from: "BSV_HOME" },
    { value: "all", from: "BSV_KEEP_DOCUMENTS" },
    { value: "http://localhost", from: "BSV_REMOTE" },
  ]);
  const both = { BSV_HOME: "/h", BSV_DATA_DIR: "/d" };
  expect((await show(both))[0]).toEqual({ value: "/d", from: "BSV_DATA_DIR" });
  expect((await show(both, "--data-dir", "/flag"))[0]).toEqual({
    value: "/flag",
    from: "--data-dir",
  });
});

test("a variable with a wrong value is refused by its name", async () => {
  using home = new Home({ BSV_KEEP_DOCUMENTS: "some" });
  const { exit, stderr } = await home.run(["config", "show"]);
  expect(exit).toBe(2);
  expect(stderr).toContain('BSV_KEEP_DOCUMENTS must be a number from 1, or "all": "some"');
});

test("the file is found in the user's config folder when there is none here", async () => {
  using home = new Home();
  mkdirSync(join(home.folder, "bsv-home"));
  writeFileSync(join(home.folder, "bsv-home", "bsv.yml"), "machine_id: there\nbackupsets: {}\n");
  const { stdout } = await home.run(["config", "show", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ file: join(home.folder, "bsv-home", "bsv.yml") });
});

test("config schema is a draft-7 schema that names every key with a description", async () => {
  using home = new Home();
  const { stdout } = await home.run(["config", "schema"]);
  const schema = JSON.parse(stdout);
  expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
  const set = schema.properties.backupsets.additionalProperties;
  for (const [key, value] of Object.entries({ ...schema.properties, ...set.properties })) {
    expect([key, (value as { description?: string }).description]).toEqual([
      key,
      expect.any(String),
    ]);
  }
});

test("a mistake in the file stops a command with every problem, its line, and exit 2", async () => {
  using home = withFile("backupsets:\n  docs:\n    paths: [/a]\n    exlude: [*.log]\n");
  const { exit, stderr } = await home.run(["config", "show"]);
  expect(exit).toBe(2);
  expect(stderr.replaceAll(home.folder, "~")).toMatchInlineSnapshot(`
    "bsv: error: 2 problems in ~/bsv.yaml [config_invalid]

    ~/bsv.yaml:4:5: Unknown key "exlude" in backupset "docs"
      4 |     exlude: [*.log]
        |     ^^^^^^
      Did you mean exclude?

    ~/bsv.yaml:4:14: Unquoted, *.log is a YAML alias, not a pattern
      4 |     exlude: [*.log]
        |              ^^^^^
      Quote it: "*.log"
    "
  `);
});

test("config check counts what would be recorded, and warns of rules that match nothing, with a guess why", async () => {
  using home = withFile("");
  const { folder } = home;
  mkdirSync(join(folder, "docs/cache"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  for (const file of ["docs/a.txt", "docs/b.log", "docs/cache/x"])
    writeFileSync(join(folder, file), "");
  writeFileSync(
    join(folder, "bsv.yaml"),
    `backupsets:
  docs:
    paths: [docs, empty]
    exclude:
      - "*.log"
      - "cache/"
      - "cache/x"
      - "#old"
      - "${folder}/docs/a.txt"
      - "~/b.log"
`,
  );
  const { exit, stdout } = await home.run(["config", "check"]);
  expect(exit).toBe(0);
  const told = stdout.replaceAll(folder, "~~").replace(/\^{18,}/, "^^^"); // as long as the folder's name
  expect(told).toMatchInlineSnapshot(`
    "~~/bsv.yaml:3:19: Nothing below the root ~~/empty would be recorded
      3 |     paths: [docs, empty]
        |                   ^^^^^
      Is something meant to be mounted there? Do the rules leave out everything?

    ~~/bsv.yaml:7:9: The rule "cache/x" matches nothing
      7 |       - "cache/x"
        |         ^^^^^^^^^
      Nothing by this name is there (any more), or another rule leaves out the folder it is in

    ~~/bsv.yaml:8:9: The rule "#old" matches nothing
      8 |       - "#old"
        |         ^^^^^^
      To .gitignore's dialect this is a comment, blank, or cut off; \\# and \\! begin a name

    ~~/bsv.yaml:9:9: The rule "~~/docs/a.txt" matches nothing
      9 |       - "~~/docs/a.txt"
        |         ^^^
      Rules begin at the root: write /a.txt

    ~~/bsv.yaml:10:9: The rule "~/b.log" matches nothing
      10 |       - "~/b.log"
         |         ^^^^^^^^^
      Rules begin at each root with /, not with ~ or ./

    docs: 1 entry
    ~~/bsv.yaml: 5 warnings
    "
  `);
  const json = JSON.parse((await home.run(["config", "check", "--json"])).stdout);
  expect(json.backupsets).toEqual([{ name: "docs", entry_count: 1 }]);
  expect(json.warnings[0]).toMatchObject({
    line: 3,
    column: 19,
    message: expect.any(String),
    hint: expect.any(String),
  });
});

test("config check says when nothing is wrong", async () => {
  using home = withFile("backupsets: { docs: { paths: [.] } }");
  const { exit, stdout } = await home.run(["config", "check"]);
  const file = `${home.folder}/bsv.yaml`;
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: `docs: 1 entry\n${file}: nothing wrong\n` });
});

test("config check: a root that is not there is a mistake, with its line; a pattern is told to be none", async () => {
  using home = withFile("backupsets:\n  docs:\n    paths: [nowhere, 'mail/*']\n");
  const { exit, stderr } = await home.run(["config", "check"]);
  expect(exit).toBe(2);
  expect(stderr.replaceAll(home.folder, "~~")).toMatchInlineSnapshot(`
    "bsv: error: 2 problems in ~~/bsv.yaml [config_invalid]

    ~~/bsv.yaml:3:13: The root ~~/nowhere cannot be scanned: ENOENT: not there
      3 |     paths: [nowhere, 'mail/*']
        |             ^^^^^^^
      Mount it, mend the path, or take it out; a scan records it as offline and ends incomplete

    ~~/bsv.yaml:3:22: The root ~~/mail/* cannot be scanned: ENOENT: not there
      3 |     paths: [nowhere, 'mail/*']
        |                      ^^^^^^^^
      Roots are no patterns: name each folder
    "
  `);
});

test("config check looks at where copies are said to be: what nobody reads is a mistake, a marker of no folder a warning", async () => {
  using home = withFile(`backupsets:
  docs:
    paths: [.]
    copies:
      nas: { target: nas/docs, marker: .here }
      odd: { target: "what:ever" }
      k: { target: "kopia:-x" }
      old: { target: old.tar, trust_checksum: true }
      t: { target: "tar:old.tar", marker: .here }
      s: { target: "s3://bucket/x", trust_checksum: true }
`);
  const { exit, stderr } = await home.run(["config", "check"]);
  expect(exit).toBe(2);
  const lines = stderr.replaceAll(home.folder, "~~").split("\n");
  expect(lines.filter((line) => line.includes("bsv.yaml:"))).toEqual([
    expect.stringMatching(/:6:22: The copy odd cannot be read: No copy .* what: is unknown/),
    expect.stringMatching(/:7:20: The copy k cannot be read: Not a place in a kopia/),
    expect.stringMatching(/:8:22: The copy old cannot be read: Only an object store/),
    expect.stringMatching(/:9:20: The marker of the copy t is not looked for/),
  ]);
});

test("config check without any file says how to get one", async () => {
  using home = new Home();
  const { exit, stderr } = await home.run(["config", "check"]);
  expect(exit).toBe(2);
  expect(stderr).toContain("bsv init");
});

test("config check and scan refuse bsv's own data folder as a root, with its line", async () => {
  using home = withFile("backupsets: { all: { paths: [bsv-home/data] } }\n");
  mkdirSync(join(home.folder, "bsv-home", "data"), { recursive: true });
  for (const verb of [
    ["config", "check"],
    ["scan", "all", "--dry-run"],
    ["scan", "all"],
  ]) {
    const { exit, stderr, stdout } = await home.run(verb);
    expect([exit, stdout + stderr]).toEqual([2, expect.stringContaining("bsv keeps its own data")]);
  }
});
