// docs/format.md is a promise to people who will never run our code: its checker is taken out of the page and run.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Home } from "#test/cli/harness.ts";

setDefaultTimeout(60_000); // python3 takes its time on a busy machine

const golden = join(import.meta.dir, "../format/golden");
const documents = (kind: "good" | "bad") =>
  readdirSync(join(golden, kind))
    .filter((name) => name !== "reasons.json")
    .map((name) => join(golden, kind, name));
const reasons = JSON.parse(readFileSync(join(golden, "bad/reasons.json"), "utf8")) as Record<
  string,
  { reader: string; checker: string | null }
>;

const dir = mkdtempSync(join(tmpdir(), "bsv-format-"));
afterAll(() => rmSync(dir, { recursive: true }));
const page = readFileSync(join(import.meta.dir, "../../docs/format.md"), "utf8");
const checker = /```python\n([^]*?)```/.exec(page)![1]!;
const checkerFile = join(dir, "check.py");
writeFileSync(checkerFile, checker);

/** What the checker says of each document, and why it stopped. */
const check = (files: readonly string[]) => {
  const run = Bun.spawnSync(["python3", checkerFile, ...files]);
  return { ok: run.stdout.toString().trim().split("\n"), why: run.stderr.toString().trim() };
};

test("it has fifteen lines, as the page says", () => {
  expect(checker.trimEnd().split("\n")).toHaveLength(15);
});

describe.if(Bun.which("python3") !== null)("the Python checker of docs/format.md", () => {
  test("accepts every good document, also with names that are not UTF-8", () => {
    const files = documents("good");
    expect(check(files)).toEqual({ ok: files.map((file) => `ok ${file}`), why: "" });
  });

  test("refuses every document whose hashes are wrong", () => {
    for (const file of documents("bad")) {
      const { checker: why } = reasons[basename(file, ".json")]!;
      if (why !== null)
        expect([file, check([file]).why]).toEqual([file, expect.stringMatching(why)]);
    }
  });

  test("I5: accepts what the binary writes of real trees, hostile names and all", async () => {
    using home = new Home();
    await home.shell(
      `mkdir -p tree/deep tree/$'\\xff\\xfe'; cd tree
      touch $'caf\\xe9' café $'cafe\\xcc\\x81' $'new\\nline' $'esc\\e[31m' $'del\\x7f' 'quote"back\\slash' $'\\xf0\\x9f\\x98\\x80' $'\\xff\\xfe/x' deep/y
      touch -d @0.000001 tiny; touch -d 1960-01-01 old; ln -s $'gone\\xe9' link; mkfifo pipe; echo content > file`,
    );
    await home.run(["init", "tree", "--name", "tree"]);
    const scanned = await home.run(["scan"]);
    expect(scanned.exit).toBe(0);
    const folder = join(home.env["BSV_HOME"]!, "data/Snapshots");
    const [name] = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".json"),
    );
    const { ok, why } = check([join(folder, name!)]);
    expect({ ok, why }).toEqual({ ok: [`ok ${join(folder, name!)}`], why: "" });
    expect(readFileSync(join(folder, name!), "utf8")).toContain('caf\\udce9"');
  });

  test("finds any digit, letter or brace that is changed", () => {
    const text = readFileSync(join(golden, "good/minimal.json"));
    const changed = join(dir, "changed.json");
    for (let at = 5; at < text.length; at += 97) {
      const copy = Buffer.from(text);
      copy[at] = copy[at] === 0x31 ? 0x32 : 0x31;
      writeFileSync(changed, copy);
      expect([at, check([changed]).why]).toEqual([at, expect.stringContaining("Error")]);
    }
  });
});

const jqVersion = /jq-(\d+)\.(\d+)/.exec(
  Bun.which("jq") === null ? "" : Bun.spawnSync(["jq", "--version"]).stdout.toString(),
);
const hasJq = jqVersion !== null && (Number(jqVersion[1]) > 1 || Number(jqVersion[2]) >= 7);

test.if(hasJq)("jq and sha256sum say the same where names are UTF-8", async () => {
  using home = new Home();
  await home.run([
    "init",
    join(import.meta.dir, "../.."),
    "--name",
    "tree",
    "--exclude",
    "node_modules",
    "--exclude",
    ".git",
    "--exclude",
    "dist",
  ]);
  await home.run(["scan"]);
  await home.run(["export", "latest", "--output", "real.json"]);
  const real = join(home.folder, "real.json");
  for (const file of documents("good")
    .filter((file) => !/names|order/.test(file))
    .concat(real)) {
    const document = JSON.parse(readFileSync(file, "utf8"));
    const sum = (filter: string) =>
      Bun.spawnSync(["bash", "-c", `jq ${filter} "$1" | sha256sum`, "-", file])
        .stdout.toString()
        .slice(0, 64);
    expect([basename(file), sum("-c '.files[]'")]).toEqual([basename(file), document.tree_hash]);
    expect([basename(file), sum("-cj 'del(.snapshot_id,.files)'")]).toEqual([
      basename(file),
      document.snapshot_id,
    ]);
  }
});

test("I15: the golden documents are the ones that were published", () => {
  const sums = readdirSync(golden, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json") && !name.endsWith("reasons.json"))
    .sort()
    .map(
      (name) => `${Bun.SHA256.hash(readFileSync(join(golden, name)), "hex").slice(0, 16)} ${name}`,
    );
  expect(sums).toMatchSnapshot();
});
