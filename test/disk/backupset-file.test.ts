import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BsvError } from "#core/errors.ts";
import { findBackupsetFile, loadBackupsetFile } from "#disk/backupset-file.ts";

const dir = mkdtempSync(join(tmpdir(), "bsv-file-"));
afterAll(() => rmSync(dir, { recursive: true }));
const file = join(dir, "bsv.yaml");

const load = (content: string | Uint8Array) => {
  writeFileSync(file, content);
  return loadBackupsetFile(file, "/home/me");
};

/** What the user is told, with the folder's changing name taken out. */
const refusal = (content: string | Uint8Array): string => {
  try {
    load(content);
  } catch (error) {
    if (!(error instanceof BsvError) || error.code !== "config_invalid") throw error;
    return `${error.message}${error.hint === undefined ? "" : `\n${error.hint}`}`.replaceAll(
      `${dir}/`,
      "",
    );
  }
  throw new Error("The file was accepted");
};

/** A set with these lines; the first is line 3. */
const withSet = (...lines: string[]) =>
  ["backupsets:", "  docs:", ...lines.map((l) => `    ${l}`), ""].join("\n");

describe("a good file", () => {
  test("gives absolute roots: relative ones from the file's folder, ~ from home", () => {
    const config = load(withSet("paths: [sub, ../other/./x/, ~/mail, /srv/x/]"));
    expect(config.backupsets.get("docs")!.roots.map(({ path }) => path)).toEqual([
      join(dir, "sub"),
      join(dir, "../other/x"),
      "/home/me/mail",
      "/srv/x",
    ]);
  });

  test("says every key, and every rule knows its line", () => {
    const config = load(`machine_id: devbox-001
data_dir: state
keep_documents: all
remote: { url: "https://bsv.example.org" }
backupsets:
  docs:
    description: Letters
    paths: ["~"]
    exclude: ["*.log", "!keep.log"]
    exclude_if_present:
      - CACHEDIR.TAG
    ignore_files: [.gitignore, .bsvignore]
    one_file_system: true
    follow_root_symlink: true
    expect: { min_files: 10, marker: .here }
    retention: { keep_daily: 7, keep_within: 1m, keep_tags: ["a,b"] }
`);
    expect(config.machineId).toEqual({ value: "devbox-001", place: { file, line: 1, column: 1 } });
    expect(config.dataDir?.value).toBe(join(dir, "state"));
    expect(config.keepDocuments?.value).toBe("all");
    expect(config.remoteUrl?.value).toBe("https://bsv.example.org");
    const { stated, ...docs } = config.backupsets.get("docs")!;
    expect(stated.get("ignore_files")).toEqual({ file, line: 12, column: 5 });
    expect(docs).toEqual({
      name: "docs",
      place: { file, line: 6, column: 3 },
      description: "Letters",
      roots: [{ path: "/home/me", place: { file, line: 8, column: 13 } }],
      exclude: [
        { pattern: "*.log", place: { file, line: 9, column: 15 } },
        { pattern: "!keep.log", place: { file, line: 9, column: 24 } },
      ],
      excludeIfPresent: [{ pattern: "CACHEDIR.TAG", place: { file, line: 11, column: 9 } }],
      ignoreFiles: [
        { pattern: ".gitignore", place: { file, line: 12, column: 20 } },
        { pattern: ".bsvignore", place: { file, line: 12, column: 32 } },
      ],
      oneFileSystem: true,
      followRootSymlink: true,
      expect: { minFiles: 10, marker: ".here" },
      copies: new Map(),
      retention: { keep_daily: 7, keep_within: "1m", keep_tags: ["a,b"] },
    });
  });

  test("may be JSON, may start with a byte order mark, may end its lines as Windows does", () => {
    const json =
      '{"$schema": "x", "backupsets": {"docs": {"paths": ["/a"], "exclude": ["*.log"]}}}';
    for (const text of [json, `\ufeff${json}`, withSet("paths: [/a]").replaceAll("\n", "\r\n")]) {
      expect(load(text).backupsets.get("docs")!.roots[0]!.path).toBe("/a");
    }
  });

  test("may share a list between sets by a YAML alias", () => {
    const config = load(
      withSet("paths: [/a]", "exclude: &junk ['*.o']").concat(
        "  two: { paths: [/b], exclude: *junk }\n",
      ),
    );
    expect(config.backupsets.get("two")!.exclude.map(({ pattern }) => pattern)).toEqual(["*.o"]);
  });

  test("keeps the name of a set that YAML would take for a number or nothing", () => {
    const text =
      "backupsets: { 1.0: { paths: [/a] }, 0x1f: { paths: [/b] }, null: { paths: [/c] } }";
    expect([...load(text).backupsets.keys()]).toEqual(["1.0", "0x1f", "null"]);
  });

  test("I5: names a path that is not UTF-8 by its bytes, as snapshots write them", () => {
    expect(load(withSet('paths: ["/a/caf\\udce9"]')).backupsets.get("docs")!.roots[0]!.path).toBe(
      "/a/caf\udce9",
    );
  });
});

describe("a file with a mistake is refused with the place, the line and what to do:", () => {
  const cases: [string, string][] = [
    ["a typo in a key", withSet("paths: [/a]", 'exlude: ["*.log"]')],
    ["a typo in a key at the top", "keep_document: 3\n".concat(withSet("paths: [/a]"))],
    ["a key there is none like", withSet("paths: [/a]", "frobnicate: 1")],
    ["a duplicate key", withSet("paths: [/a]", "paths: [/b]")],
    ["an unquoted *.log", withSet("paths: [/a]", "exclude: [*.log]")],
    ["an unquoted !keep", withSet("paths: [/a]", "exclude:", "  - !keep.log")],
    ["an unquoted [ab]*.txt", withSet("paths: [/a]", "exclude:", "  - [ab]*.txt")],
    ["an unquoted number", withSet("paths: [/a]", "exclude: [7]")],
    ["a lone ~", withSet("paths: [~]")],
    ["a text where a list belongs", withSet("paths: /a")],
    ["a text where true or false belongs", withSet("paths: [/a]", "one_file_system: 'yes'")],
    ["a number too small", "keep_documents: 0\n".concat(withSet("paths: [/a]"))],
    ["a name that is none", "backupsets: { bad name: { paths: [/a] } }"],
    ["a root inside another", withSet("paths:", "  - /srv", "  - /srv/data")],
    ["a root twice", withSet("paths: [/srv, /srv/]")],
    ["another user's ~", withSet("paths: [~joe/x]")],
    ["a path that stands for no bytes", withSet('paths: ["/a\\ud800"]')],
    ["tabs", "backupsets:\n\tdocs:\n"],
    ["two documents", "backupsets: {}\n---\nbackupsets: {}\n"],
    [
      "a password in the URL",
      "remote: { url: 'https://me:pw@host' }\n".concat(withSet("paths: [/a]")),
    ],
    ["a retention of nothing", withSet("paths: [/a]", "retention: { keep_daily: 0 }")],
    ["no time", withSet("paths: [/a]", "retention: { keep_within: 0d, keep_last: -1 }")],
    ["a count that is no time", withSet("paths: [/a]", "retention: { keep_within_daily: 7 }")],
    ["no tag", withSet("paths: [/a]", "retention: { keep_tags: ['a b'], keep_dayly: 1 }")],
    ["no backupsets", "machine_id: x\n"],
    ["no content", ""],
  ];
  for (const [name, content] of cases) {
    test(name, () => {
      expect(refusal(content)).toMatchSnapshot();
    });
  }

  test("all of them at once, in the order of their lines", () => {
    const text = refusal(`keep_document: 1
backupsets:
  docs:
    paths: [/a, /a/b]
    exclude: [*.log, 7]
  docs: {}
`);
    expect(text.split("\n").filter((line) => line.startsWith("bsv.yaml:"))).toEqual([
      'bsv.yaml:1:1: Unknown key "keep_document"',
      "bsv.yaml:4:17: The root /a/b lies within /a (line 4)",
      "bsv.yaml:5:15: Unquoted, *.log is a YAML alias, not a pattern",
      'bsv.yaml:5:22: exclude[1] of backupset "docs" must be text, not the number 7',
      "bsv.yaml:6:3: This key is already there",
    ]);
  });
});

describe("I11: a hostile file ends in a plain refusal, quickly:", () => {
  const laughs = Array.from(
    { length: 12 },
    (_, i) =>
      `${"abcdefghijklm"[i + 1]}: &${"abcdefghijklm"[i + 1]} [${`*${"abcdefghijklm"[i]},`.repeat(9)}]`,
  );
  const cases: [string, string | Uint8Array, string][] = [
    ["a billion laughs", `a: &a [x]\n${laughs.join("\n")}\n`, "Aliases multiply beyond any use"],
    ["deep nesting", "[".repeat(100_000), "Nested too deeply"],
    [
      "nesting that is closed",
      `a: ${"[".repeat(40)}${"]".repeat(40)}`,
      "Nested more than 16 levels deep",
    ],
    ["a huge file", Buffer.alloc(2 ** 20 + 1, "#"), "over the limit of 1048576"],
    ["a NUL byte", "backupsets:\n  a\0b: 1\n", "bsv.yaml:2:4: The file holds a NUL byte"],
    [
      "invalid UTF-8",
      Buffer.concat([Buffer.from("a: 1\nü: "), Buffer.of(0xe9, 0x0a)]),
      "bsv.yaml:2:4: Byte 0xe9 is not UTF-8",
    ],
    [
      "a cut sequence at the end",
      Buffer.from([0x61, 0xe2, 0x82]),
      "bsv.yaml:1:2: Byte 0xe2 is not UTF-8",
    ],
    ["UTF-16", Buffer.from("\ufeffa: 1", "utf16le"), "bsv.yaml:1:1: Byte 0xff is not UTF-8"],
    ["an escape sequence", '"\\e[31mred": 1', 'Unknown key "\\u001b[31mred"'],
    ["a key that is a list", "? [1, 2]\n: 3\n", "A key must be a word"],
    [
      "a prototype key",
      "__proto__: { backupsets: { a: { paths: [/a] } } }",
      "The file has no backupsets",
    ],
  ];
  for (const [name, content, told] of cases) {
    test(name, () => {
      const startedAt = performance.now();
      const text = refusal(content);
      expect(text).toContain(told);
      expect(text).not.toMatch(/[^\P{Cc}\n]/u);
      expect(performance.now() - startedAt).toBeLessThan(2000);
    });
  }

  test("any bytes at all are a config or a refusal, never a crash", () => {
    const piece = fc.constantFrom(
      "backupsets:",
      "\n",
      "  ",
      "docs:",
      "paths:",
      "[",
      "]",
      "{",
      "}",
      "*a",
      "&a ",
      "!x",
      "- ",
      '"',
      "'",
      "~",
      "\t",
      "#",
      "|",
      ": ",
      "\udcff",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 40 }),
        (pieces) => {
          try {
            load(pieces.join(""));
          } catch (error) {
            if (!(error instanceof BsvError) || error.code !== "config_invalid") throw error;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test("a folder, or a file that is not there, is named, with what to do", () => {
  expect(() => loadBackupsetFile(dir, "/")).toThrow("is a folder");
  expect(() => loadBackupsetFile(join(dir, "none.yaml"), "/")).toThrow("does not exist");
  expect(() => loadBackupsetFile("/dev/zero", "/")).toThrow("is no regular file");
  Bun.spawnSync(["mkfifo", join(dir, "pipe")]);
  expect(() => loadBackupsetFile(join(dir, "pipe"), "/")).toThrow("is no regular file");
});

test("the file is found by --file, BSV_CONFIG, the current folder, the config folder, in this order", () => {
  const cwd = join(dir, "cwd");
  const configDir = join(dir, "config");
  for (const folder of [cwd, configDir]) mkdirSync(folder);
  const where = { flag: undefined, variable: undefined, cwd, configDir };
  expect(findBackupsetFile(where)).toBeUndefined();
  writeFileSync(join(configDir, "bsv.yml"), "");
  expect(findBackupsetFile(where)).toBe(join(configDir, "bsv.yml"));
  for (const name of ["bsv.json", "bsv.yml", "bsv.yaml"]) {
    writeFileSync(join(cwd, name), "");
    expect(findBackupsetFile(where)).toBe(join(cwd, name));
  }
  expect(findBackupsetFile({ ...where, variable: "named.yaml" })).toBe(join(cwd, "named.yaml"));
  expect(findBackupsetFile({ ...where, variable: "v", flag: "/f.yaml" })).toBe("/f.yaml");
});
