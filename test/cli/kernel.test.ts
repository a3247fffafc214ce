import { expect, test } from "bun:test";
import { globalArgs } from "#cli/globals.ts";
import { aliasesOf, readArguments, splitVerb } from "#cli/parse.ts";
import { registry } from "#cli/registry.ts";
import { Home } from "./harness.ts";

const verbs = Object.keys(registry);

test.each(verbs)(
  "help of %s is made, its examples parse, its flags meet no global one",
  async (verb) => {
    const { default: command } = await registry[verb]!.load();
    const args = command.args ?? {};
    for (const { line } of command.examples) {
      const words = line
        .split(/ [|<>] ?/)[0]!
        .match(/(?:'[^']*'|\S)+/g)!
        .map((word) => word.replaceAll("'", ""));
      expect(words.shift()).toBe("bsv");
      const split = splitVerb(words, verbs);
      expect(split.verb).toBe(verb);
      readArguments(split.rest, { ...globalArgs, ...args });
    }
    const flags = Object.entries({ ...globalArgs }).flatMap(([name, arg]) => [
      name,
      ...aliasesOf(arg),
    ]);
    const own = Object.entries(args).flatMap(([name, arg]) => [name, ...aliasesOf(arg)]);
    expect(own.filter((name) => flags.includes(name))).toEqual([]);
    expect(new Set(own).size).toBe(own.length);
  },
);

test("bsv alone, --help and help say the same, on stdout, exit 0", async () => {
  using home = new Home();
  const alone = await home.run([]);
  expect(alone).toMatchObject({ exit: 0, stderr: "" });
  expect(await home.run(["--help"])).toEqual(alone);
  expect(await home.run(["help"])).toEqual(alone);
  expect(await home.run(["-h", "--no-color"])).toEqual(alone);
  const version = await home.run(["help", "version"]);
  expect(await home.run(["version", "--help", "--nonsense"])).toEqual(version);
  expect(await home.run(["version", "-qh"])).toEqual(version);
});

test("a wrong line: message, hint and code on stderr, exit 2", async () => {
  using home = new Home();
  expect(await home.run(["versoin"])).toEqual({
    exit: 2,
    stdout: "",
    stderr: 'bsv: error: Unknown command: "versoin" [usage]\nbsv: hint: Did you mean version?\n',
  });
  const json = await home.run(["version", "--bogus", "--json"]);
  expect(json).toMatchObject({ exit: 2, stderr: "" });
  expect(JSON.parse(json.stdout)).toEqual({
    type: "error",
    code: "usage",
    message: 'Unknown flag: "--bogus"',
    hint: "See --help for the flags there are",
    details: { flag: "--bogus" },
    exit: 2,
  });
});

test("I12: what a user typed comes back escaped", async () => {
  using home = new Home();
  const { stderr } = await home.run(["version", "\u001b]0;evil\u0007\u202e"]);
  expect(stderr.replaceAll("\n", "")).toMatch(/^[\x20-\x7e]*$/);
});

test("bsv version tells version, commit, Bun and SQLite, from any working directory", async () => {
  using home = new Home();
  const text = await home.run(["version"], { cwd: "/" });
  expect(text.stdout).toMatch(
    /^bsv \d+\.\d+\.\d+( \([0-9a-f]{12}\+?\))? \S+\nbun 1\.\S+\nsqlite 3\.\S+\n$/,
  );
  const json = await home.run(["version", "--json"]);
  const keys = ["version", "commit", "bun", "sqlite", "platform"];
  expect(Object.keys(JSON.parse(json.stdout))).toEqual(keys);
  expect(await home.run(["--version"])).toEqual(text);
});

test("a reader that leaves ends the command quietly", async () => {
  using home = new Home();
  const ran = await home.shell("bsv help | true; echo ${PIPESTATUS[0]}");
  expect(ran.stderr).toBe("");
  expect(["0\n", "141\n"]).toContain(ran.stdout);
});

test("a full disk under stdout is an error, not silence", async () => {
  using home = new Home();
  const text = await home.shell("bsv version > /dev/full");
  expect(text.exit).toBe(1);
  expect(text.stderr).toBe("bsv: error: Cannot write to standard output: ENOSPC [disk_full]\n");
  const json = await home.shell("bsv version --json > /dev/full");
  expect(json).toEqual(text);
});

test("colour is decided for each stream", async () => {
  const colour = async (env: Record<string, string>, args: string[]) => {
    using home = new Home(env);
    const { stdout } = await home.run([...args, "help"]);
    return stdout.includes("\u001b[");
  };
  expect(await colour({}, [])).toBe(false);
  expect(await colour({ FORCE_COLOR: "1" }, [])).toBe(true);
  expect(await colour({ FORCE_COLOR: "1", NO_COLOR: "true" }, [])).toBe(false);
  expect(await colour({ NO_COLOR: "1" }, ["--color=always"])).toBe(true);
  expect(await colour({ FORCE_COLOR: "1" }, ["--no-color"])).toBe(false);
});
