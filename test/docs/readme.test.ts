// The README is short and true: its transcript is played, its tables and commands are those of the project.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exitMeanings } from "#cli/exit.ts";
import { registry } from "#cli/registry.ts";
import { play, withoutChance } from "./transcript.ts";

setDefaultTimeout(60_000);

const root = join(import.meta.dir, "../..");
const page = readFileSync(join(root, "README.md"), "utf8");

test.if(Bun.which("curl") !== null)("the transcript is what really happens", async () => {
  const said = /```console\n([^]*?)\n```/.exec(page)![1]!;
  const commands = said
    .split("\n")
    .filter((line) => line.startsWith("$ "))
    .map((line) => line.slice(2));
  const shown = await play(commands);
  expect(withoutChance(shown)).toBe(withoutChance(said));
});

test("the table of commands is the registry's", () => {
  const rows = Object.entries(registry).map(
    ([verb, { summary }]) => `| \`bsv ${verb}\` | ${summary} |`,
  );
  expect(page.split("\n").filter((line) => line.startsWith("| `bsv "))).toEqual(rows);
});

test("the table of exit codes is the one the binary uses", () => {
  const rows = Object.entries(exitMeanings).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  expect(page).toContain(rows.join("\n"));
});

test("the two commands are scripts of the project", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: object;
  };
  const named = [...page.matchAll(/npx --yes bun@1\.4\.5 run (\w+)/g)].map(([, name]) => name);
  expect(named).toEqual(["demo", "test", "build"]);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});
