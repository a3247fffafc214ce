import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

test("the table of rooms in docs/architecture.md is the law that the linter enforces", async () => {
  const { law: rooms } = (await import(join(root, "oxlint.config.ts"))) as {
    law: Record<string, { rooms: string[]; packages: string[] }>;
  };
  const said = (words: string[]) => (words.length === 0 ? "—" : words.join(", "));
  const rows = Object.entries(rooms).map(
    ([room, { rooms: others, packages }]) => `| ${room} | ${said(others)} | ${said(packages)} |`,
  );
  const table = page.split("\n").filter((line) => /^\| [a-z]+ \| .* \| .* \|$/.test(line));
  expect(table.filter((line) => !line.startsWith("| room |"))).toEqual(rows);
  expect(readdirSync(join(root, "src")).sort()).toEqual(Object.keys(rooms).sort());
});

test("every link between our own pages leads somewhere", async () => {
  const pages = [
    "README.md",
    ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map(
      (name) => `docs/${name}`,
    ),
  ];
  for (const name of pages.filter((name) => name.endsWith(".md"))) {
    const text = readFileSync(join(root, name), "utf8");
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const file = Bun.file(join(root, name, "..", target!));
      const stat = await file.stat().catch(() => undefined);
      expect([name, target, stat !== undefined]).toEqual([name, target, true]);
    }
  }
});
