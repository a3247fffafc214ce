import { expect, test } from "bun:test";
import fc from "fast-check";
import { manifestWriter } from "#core/sums/bagit.ts";
import { sha256sumsWriter } from "#core/sums/checksum-lines.ts";
import { csvWriter } from "#core/sums/csv.ts";
import { hashdeepWriter } from "#core/sums/hashdeep.ts";
import { mtreeWriter } from "#core/sums/mtree.ts";
import { readSums } from "#core/sums/read.ts";
import type { Sum, SumLine, SumsFormat } from "#core/sums/sum.ts";
import { unvis } from "#core/sums/vis.ts";
import type { SumsWriter } from "#core/sums/writer.ts";
import type { Entry } from "#core/entry.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";

const HEX = "ab".repeat(32);
const ABOUT = {
  snapshotId: "c".repeat(64),
  machineId: "m",
  setName: "s",
  timestamp: "2026-11-22T10:00:00.000Z",
};

const file = (path: string, more: Partial<Entry> = {}): Entry => ({
  path,
  type: "file",
  target: null,
  sizeBytes: 12,
  mtimeUs: 1_729_493_434_330_000,
  inode: 7,
  checksum: HEX,
  error: null,
  ...more,
});

/** Reads a list that comes in chunks of `step` bytes. */
async function read(
  list: Uint8Array | string,
  question: { format?: SumsFormat; fileName?: string } = {},
  step = 7,
): Promise<SumLine[]> {
  const bytes = Buffer.from(list as string);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  return (await Array.fromAsync(readSums(chunks(), question))).flat();
}

const paths = (lines: SumLine[]) =>
  lines.map((line) => ("path" in line ? line.path : line.problem));

function entryOf(sum: Sum): Entry {
  const { path, type, target, sizeBytes, mtimeUs, inode, checksum, error } = sum;
  return { path, type, target, sizeBytes, mtimeUs, inode, checksum, error };
}

/** The writers, and how the path in their lists becomes the entry's again. */
const WRITERS: Record<SumsFormat, () => { writer: SumsWriter; back: (path: string) => string }> = {
  sha256sums: () => ({ writer: sha256sumsWriter, back: (path) => path }),
  hashdeep: () => ({ writer: hashdeepWriter, back: (path) => path }),
  mtree: () => ({ writer: mtreeWriter(), back: (path) => path }),
  bagit: () => ({ writer: manifestWriter, back: (path) => path.replace(/^data\//, "") }),
  csv: () => ({ writer: csvWriter, back: (path) => path }),
};

/** Any bytes a folder may hold, weighted towards those that some format treats in its own way. */
const name = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Buffer.from(" \\\n\r\t#*?[]%,\"'=+-@M^$.~\u007f")),
      fc.integer({ min: 1, max: 255 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((bytes) => pathText(Uint8Array.from(bytes)).replaceAll("/", "_"))
  .filter((text) => text !== "." && text !== "..");

for (const format of Object.keys(WRITERS) as SumsFormat[]) {
  test(`I5: what is written as ${format} is read back as it was, for any bytes in a name`, async () => {
    const list = fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(list, async (names) => {
        const { writer, back } = WRITERS[format]();
        const entries = names.map((parts) => file(parts.join("/")));
        const written = entries.map((entry) => ({ entry, line: writer.line(entry) }));
        const text =
          writer.start(ABOUT) +
          written.map(({ line }) => (typeof line === "string" ? line : "")).join("");
        const sums = (await read(pathBytes(text), { format })) as Sum[];
        const expected = written.filter(({ line }) => typeof line === "string");
        expect(sums.map(({ path }) => back(path))).toEqual(expected.map(({ entry }) => entry.path));
        for (const sum of sums) expect(sum).toMatchObject({ checksum: HEX, algorithm: "sha256" });
        for (const { entry, line } of written) {
          if (typeof line === "string") continue;
          expect(line).toEqual({ reason: "name" });
          expect(
            format === "hashdeep" ? /\n|\r$/.test(entry.path) : !entry.path.isWellFormed(),
          ).toBe(true);
        }
      }),
      { numRuns: process.env["BSV_SOAK"] ? 20_000 : 300 },
    );
  });
}

test("csv holds every fact of every kind of entry, and no cell that a spreadsheet would run", async () => {
  const unreadable = { sizeBytes: null, mtimeUs: null, inode: null, checksum: null };
  const entries = [
    file("=cmd|' /C calc'!A0", { inode: "18446744073709551615", mtimeUs: -1 }),
    file("@link", { type: "symlink", target: '+\udcff\n,"x"', checksum: null }),
    file("locked", { type: "dir", ...unreadable, error: "EACCES: permission denied" }),
    file("md5", { checksum: "ab".repeat(16), mtimeUs: 2 ** 33 * 1e6 - 1 }),
  ];
  const text =
    csvWriter.start(ABOUT) + entries.map((entry) => csvWriter.line(entry) as string).join("");
  expect(text).not.toMatch(/(^|,)"?[=+@]/m);
  const sums = (await read(text)) as Sum[];
  expect(sums.map(entryOf)).toEqual(entries);
});

test("mtree holds links, sizes and microseconds, before 1970 too", async () => {
  const entries = [
    file("a/b", { mtimeUs: -1_500_001 }),
    file("a/l", { type: "symlink", target: "x y", checksum: null, mtimeUs: 1 }),
  ];
  const writer = mtreeWriter();
  const text = writer.start(ABOUT) + entries.map((entry) => writer.line(entry) as string).join("");
  const sums = (await read(text)) as Sum[];
  expect(sums.map((sum) => ({ ...entryOf(sum), inode: 7 as Entry["inode"] }))).toEqual(entries);
});

test("a folder is named once, before what is in it", () => {
  const writer = mtreeWriter();
  const lines = ["/a/x", "/a-b/c/d", "/a/b/y", "/a/b/z"].map(
    (path) => writer.line(file(path)) as string,
  );
  expect(lines.join("").match(/^\S+ type=dir/gm)).toEqual([
    "./a type=dir",
    "./a-b type=dir",
    "./a-b/c type=dir",
    "./a type=dir",
    "./a/b type=dir",
  ]);
});

test("an entry that has no place in a list is left out with its reason", () => {
  const gone = { sizeBytes: null, mtimeUs: null, checksum: null, error: "EIO: i/o error" };
  for (const [entry, reason] of [
    [file("a", { type: "symlink", target: "b", checksum: null }), "symlink"],
    [file("a", gone), "unreadable"],
    [file("a", { checksum: "ab".repeat(16) }), "checksum"],
  ] as const) {
    for (const writer of [sha256sumsWriter, hashdeepWriter, manifestWriter]) {
      expect(writer.line(entry)).toEqual({ reason });
    }
  }
});

test("BSD's form, other algorithms, CRLF, binary marks and comments are read", async () => {
  const list = [
    "# a comment",
    `SHA256 (a (1) = b) = ${HEX}`,
    `\\SHA2-512 (new\\nline) = ${"0F".repeat(64)}`,
    `MD5(openssl)= ${"1".repeat(32)}`,
    `${"2".repeat(40)} *./binary`,
    `${"3".repeat(64)} reversed`,
    "",
    `${HEX}  crlf\r`,
  ].join("\n");
  expect(
    ((await read(list)) as Sum[]).map(({ line, path, algorithm }) => [line, path, algorithm]),
  ).toEqual([
    [2, "a (1) = b", "sha256"],
    [3, "new\nline", "sha512"],
    [4, "openssl", "md5"],
    [5, "binary", "sha1"],
    [6, "reversed", "sha256"],
    [8, "crlf", "sha256"],
  ]);
});

test("hashdeep's columns come in any order, and sha256 is taken where there are several", async () => {
  const list = `%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## x\n5,${"1".repeat(32)},${HEX},a,b\n`;
  expect(await read(list)).toMatchObject([
    { line: 4, path: "a,b", sizeBytes: 5, algorithm: "sha256", checksum: HEX },
  ]);
});

test("mtree's nested form, its defaults, continued lines and every escape of vis(3) are read", async () => {
  const list = `#\tuser: x\n/set type=file\n.  type=dir\n    \\sa\\#\\^A\\M-i\\M^?\\101 size=2 \\\n  sha256=${HEX}\nsub type=dir\n b size=3 time=5.7000\n..\n/set type=dir\nc\n./full/x type=file md5digest=${"1".repeat(32)} sha1=${"2".repeat(40)}\nfifo type=fifo\n`;
  expect(await read(list)).toMatchObject([
    { line: 4, path: " a#\u0001\udce9\udcffA", sizeBytes: 2, checksum: HEX },
    { line: 7, path: "sub/b", sizeBytes: 3, mtimeUs: 5_000_007, checksum: null },
    { line: 11, path: "full/x", algorithm: "sha1" },
  ]);
  expect(unvis("\\q")).toBeUndefined();
});

test("a bag's manifest is known by its name, and so is its algorithm", async () => {
  const list = `${HEX} data/100%25\n${HEX}  data/%41%0a\n`;
  expect(paths(await read(list, { fileName: "/bag/manifest-sha256.txt" }))).toEqual([
    "data/100%",
    "data/%41\n",
  ]);
  expect(paths(await read(list, { fileName: "/bag/SHA256SUMS" }))[0]).toBe("data/100%25");
});

test("what sha256sum --zero writes is read, with nothing unescaped", async () => {
  expect(paths(await read(`${HEX}  a\\nb\n\0${HEX}  c\0`))).toEqual(["a\\nb\n", "c"]);
});

test("I4: a line that cannot be understood is told with its number, never dropped", async () => {
  for (const [list, line, problem] of [
    [`${HEX}  a\nnonsense\n`, 2, "is no checksum and a name"],
    [`${HEX}  a\n${HEX} \n`, 2, "is no checksum and a name"],
    [`${HEX}  a\n\\${HEX}  b\\x\n`, 2, "the name has an escape that is none"],
    [`%%%% HASHDEEP-1.0\n5,${HEX},a\n`, 2, "stands before the line with the columns"],
    [`%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\nx,${HEX},a\n`, 3, "the size is no number"],
    ["#mtree\na type=file size=x\n", 2, "the size is no number"],
    ["#mtree\na\\000 type=file\n", 2, "the name holds a NUL byte"],
    ["#mtree\na type=file \\\n", 2, "goes on behind the end"],
    ["path,size\na,1,2\n", 2, "has 3 cells"],
    ['path\n"a\n', 2, "a quoted cell does not end"],
  ] as const) {
    expect((await read(list)).at(-1)).toEqual({ line, problem });
  }
});

test("what is no list at all is refused, and so is a line without an end", async () => {
  for (const list of ["", "hello\n", "\u007fELF\u0001\u0002", "{}"]) {
    expect(read(list)).rejects.toThrow("This is no list of checksums");
  }
  expect(read("a".repeat(1 << 21), {}, 1 << 16)).rejects.toThrow("Line 1: The line is longer than");
});

const has = (tool: string) => Bun.which(tool) !== null;
const ODD = String.raw`mkdir -p odd/d/$'\xff' && cd odd && for n in $'new\nline' 'back\slash' $'caf\xe9' ' lead' 'trail ' '#hash' $'cr\rmid' 'star*?[x]' 'pct%41' 'com,ma"q' 'd/é ü' d/$'\xff/x' './-'; do echo "$n" > "$n"; done`;

/** What a tool's own list of a folder with odd names says, read by us, and what the folder holds. */
async function listedBy(command: string): Promise<{ read: string[]; held: string[] }> {
  const script = `cd "$(mktemp -d /tmp/bsv-sums-XXXXXX)" && (${ODD}) && cd odd && { ${command}; } ; printf '\\036'; find . -type f -printf '%P\\0'; rm -r "$PWD"`;
  const { stdout } = Bun.spawnSync(["bash", "-c", script], {
    env: { ...process.env, LC_ALL: "C" },
  });
  const cut = stdout.lastIndexOf(0x1e);
  const held = stdout
    .subarray(cut + 1)
    .toString("latin1")
    .split("\0")
    .slice(0, -1);
  const text = (path: string) => pathText(Buffer.from(path, "latin1"));
  const lines = await read(stdout.subarray(0, cut));
  return { read: paths(lines).sort(), held: held.map(text).sort() };
}

for (const [tool, command] of [
  ["sha256sum", "find . -type f -print0 | xargs -0 sha256sum"],
  ["sha256sum", "find . -type f -print0 | xargs -0 sha256sum --tag"],
  ["sha256sum", "find . -type f -print0 | xargs -0 sha512sum --zero"],
  ["mtree", "mtree -c -k type,size,time,sha256 -p ."],
  [
    "mtree",
    "mtree -c -k type,size,time,sha256 -p . > ../m && mtree -C -k type,size,sha256 -f ../m",
  ],
] as const) {
  test.if(has(tool))(`I5: every odd name in what \`${command}\` writes is read`, async () => {
    const { read, held } = await listedBy(command);
    expect(read).toEqual(held);
    expect(held).toHaveLength(13);
  });
}

test.if(has("hashdeep"))("I5: every odd name that hashdeep can write is read", async () => {
  const { read, held } = await listedBy("rm $'new\\nline'; hashdeep -c md5,sha256 -r -l .");
  expect(read).toEqual(held);
  expect(held).toHaveLength(12);
});

test("a long list in pieces of any size is the same list", async () => {
  const list = Array.from({ length: 5000 }, (_, nr) => `${HEX}  file ${nr}\n`).join("");
  for (const step of [1009, 1 << 16]) {
    const lines = (await read(list, {}, step)) as Sum[];
    expect(lines.map(({ line, path }) => `${line} ${path}`)).toEqual(
      Array.from({ length: 5000 }, (_, nr) => `${nr + 1} file ${nr}`),
    );
  }
});

test("libarchive's mtree is read: octal names, nanoseconds without padding, defaults that change", async () => {
  const list = `#mtree\n/set type=file uid=0 gid=0 mode=644\n./caf\\351 time=1795353708.932421642 size=2 sha256digest=${HEX}\n./d time=1.0 mode=755 type=dir\n./d/a\\040b time=1.5 nlink=2 size=0\n./l type=link link=d/a\\040b time=2.0 mode=777\n`;
  expect(await read(list)).toMatchObject([
    { path: "caf\udce9", mtimeUs: 1_795_353_708_932_421, checksum: HEX },
    { path: "d/a b", mtimeUs: 1_000_000, sizeBytes: 0, checksum: null },
    { path: "l", type: "symlink", target: "d/a b" },
  ]);
});
