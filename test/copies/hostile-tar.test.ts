// Archives that are cut, bent or made to harm: every verdict stays true, memory stays flat, and nothing is ever written.
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { archiveBytes } from "#copies/archive-bytes.ts";
import { tarEntries } from "#copies/tar.ts";
import { Random } from "#test/db/random.ts";
import { FaultyCopy, named } from "./faulty-copy.ts";

const CUTS = process.env["BSV_SOAK"] === "1" ? 2000 : 24;

function sh(line: string): void {
  const ran = Bun.spawnSync(["bash", "-c", `set -euo pipefail; ${line}`]);
  if (!ran.success) throw new Error(`${line}: ${ran.stderr.toString()}`);
}

interface Member {
  readonly name: string;
  readonly data?: Uint8Array;
  readonly type?: string;
  readonly link?: string;
  /** Instead of what the data has. */
  readonly size?: number;
}

/** A header and its data, as ustar has them. */
function member({
  name,
  data = new Uint8Array(),
  type = "0",
  link = "",
  size = data.length,
}: Member): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100, "latin1");
  block.write("0000644\0", 100);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write(`${(1_700_000_000).toString(8)}\0`, 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write(link, 157, 100, "latin1");
  block.write("ustar\x0000", 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([block, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

const END = Buffer.alloc(1024);

async function small(): Promise<{ made: FaultyCopy; archive: string; target: string }> {
  const made = await FaultyCopy.open(30);
  const archive = `${made.trial.home}/archive.tar`;
  sh(`tar -C ${made.copy} -cf ${archive} .`);
  return { made, archive, target: `tar:${archive}` };
}

test("I6: an archive cut anywhere makes nothing missing, nothing damaged, and is never ok", async () => {
  const { made, archive, target } = await small();
  const whole = readFileSync(archive);
  const end = whole.findLastIndex((byte) => byte !== 0);
  // Between two entries only the missing end mark tells that anything is missing.
  const listed = Bun.spawnSync(["tar", "-tRf", archive]).stdout.toString();
  const borders = [...listed.matchAll(/^block (\d+): \./gm)].map(
    ([, block]) => 512 * Number(block),
  );
  expect(borders.length).toBeGreaterThan(20);
  const random = new Random(4);
  for (let nr = 0; nr < CUTS; nr++) {
    truncateSync(archive, 0);
    const at = [random.below(end), 512 * random.below(end / 512), random.pick(borders)][nr % 3]!;
    writeFileSync(archive, whole.subarray(0, at));
    const { findings, verification } = await made.verify(target);
    const kinds = [...new Set(findings.map(({ kind }) => kind))];
    expect([at, kinds]).toEqual([at, ["unverifiable"]]);
    expect(verification.isComplete).toBe(false);
    expect(verification.cut).toMatch(/^(CUT|EMPTY):/);
  }
});

test("a bit flipped anywhere in an archive is found, or changes nothing that was recorded", async () => {
  const { made, archive, target } = await small();
  const whole = readFileSync(archive);
  const random = new Random(5);
  for (let nr = 0; nr < CUTS; nr++) {
    const bent = Buffer.from(whole);
    const at = random.below(whole.length);
    bent[at] = bent[at]! ^ (1 << random.below(8));
    writeFileSync(archive, bent);
    const { findings, verification } = await made.verify(target);
    const kinds = new Set(findings.map(({ kind }) => kind));
    if (verification.isComplete && findings.length === 0) {
      // Only where nothing is kept: behind the data of a file, and behind the archive's end.
      expect([at, whole[at]]).toEqual([at, 0]);
    } else if (verification.cut === null) {
      expect([at, [...kinds], findings.length]).toEqual([at, ["corrupted"], findings.length]);
    }
  }
});

test("I6: a packed archive that is cut anywhere makes nothing missing, nothing damaged, and is never ok", async () => {
  const { made, archive } = await small();
  const random = new Random(7);
  sh(`gzip -k ${archive}; zstd -q -k ${archive}; xz -k ${archive}; bzip2 -k ${archive}`);
  for (const ending of ["gz", "zst", "xz", "bz2"]) {
    const file = `${archive}.${ending}`;
    const whole = readFileSync(file);
    expect([ending, (await made.verify(file)).findings]).toEqual([ending, []]);
    // Before the seventh byte nothing says how it is packed; behind the last ones the tar itself is whole.
    const last = Array.from({ length: 4 }, (_, nr) => whole.length - 1 - nr);
    const some = Array.from({ length: CUTS / 4 }, () => 6 + random.below(whole.length - 6));
    for (const at of [...last, ...some]) {
      writeFileSync(file, whole.subarray(0, at));
      const { findings, verification } = await made.verify(file);
      expect([ending, at, verification.cut?.split(":")[0]]).toEqual([
        ending,
        at,
        expect.stringMatching(/CUT|TOOL_FAILED/),
      ]);
      expect(verification.isComplete).toBe(false);
      expect(findings.every(({ kind }) => kind === "unverifiable")).toBe(true);
    }
  }
});

test("I6: a tool that fails, is killed, is not there or writes no archive leaves all it did not give unknown", async () => {
  const { made, archive } = await small();
  const all = made.row.fileCount;
  for (const [line, cut] of [
    [`cat ${archive}; exit 3`, "TOOL_FAILED: sh ended with exit 3"],
    [`head -c 20000 ${archive}`, "CUT: "],
    [`head -c 20000 ${archive}; kill -9 $$`, "TOOL_FAILED: sh ended with SIGKILL"],
    ["no-such-tool-at-all", "TOOL_FAILED: sh ended with exit 127"],
    ["true", "EMPTY: "],
    ["echo this is no archive, however long it may be; seq 1000", "NOT_TAR: "],
  ] as const) {
    const { findings, verification } = await made.verify(`cmd:${line}`);
    expect([line, verification.cut?.slice(0, cut.length)]).toEqual([line, cut]);
    expect(verification.isComplete).toBe(false);
    expect(new Set(findings.map(({ kind }) => kind)).isSubsetOf(new Set(["unverifiable"]))).toBe(
      true,
    );
    expect(findings.length).toBeLessThanOrEqual(all);
  }
  expect((await made.verify(`cmd:cat ${archive}`)).findings).toEqual([]);
});

test("hostile names are told and nothing more: paths that climb, absolute ones, links to nowhere, doubles", async () => {
  const { made, archive, target } = await small();
  const before = readdirSync(made.trial.home).sort();
  const data = Buffer.from("evil");
  const path = "d0/deep/er/file-0.bin";
  const good = readFileSync(`${made.tree}/${path}`);
  writeFileSync(
    archive,
    Buffer.concat([
      member({ name: "../../../../tmp/bsv-was-here", data }),
      member({ name: "/tmp/bsv-was-here", data }),
      member({ name: "a/../../bsv-was-here", data }),
      member({ name: "nowhere", type: "1", link: "not/in/the/archive" }),
      member({ name: "etc", type: "2", link: "/etc" }),
      member({ name: "etc/bsv-was-here", data }),
      member({ name: path, data }),
      member({ name: path, data: good }),
      END,
    ]),
  );
  const layout = { strip: "", prefix: made.tree, maps: [] };
  const { findings } = await made.verify(target, { layout, ignoreMtime: true });
  const extras = findings
    .filter(({ kind }) => kind === "extra")
    .map(({ path, why }) => [path, why]);
  expect(extras).toEqual([
    [`${made.tree}/etc`, null],
    [`${made.tree}/nowhere`, null],
    [`${made.tree}/etc/bsv-was-here`, null],
    [`${made.tree}/tmp/bsv-was-here`, null],
    ["../../../../tmp/bsv-was-here", "UNSAFE_NAME: it leads out of the copy"],
    ["a/../../bsv-was-here", "UNSAFE_NAME: it leads out of the copy"],
  ]);
  // As tar itself would have it: the later one counts.
  expect(named(findings).filter((line) => line.endsWith(path))).toEqual([]);
  for (const folder of ["/tmp", "/etc", made.trial.home, process.cwd()]) {
    expect(existsSync(`${folder}/bsv-was-here`)).toBe(false);
  }
  expect(readdirSync(made.trial.home).sort()).toEqual(before);
});

test("I11: headers that say they are endless are refused, and what is no number is not counted on", async () => {
  const { made, archive, target } = await small();
  for (const wrong of [
    member({ name: "././@LongLink", type: "L", size: 2 ** 32 }),
    member({ name: "pax", type: "x", size: 2 ** 32 }),
    member({ name: "pax", type: "x", data: Buffer.from("999999999 path=x\n") }),
    member({ name: "pax", type: "x", data: Buffer.from("12 size=-1\n\n") }),
    member({ name: "x", data: Buffer.from("x"), size: 2 ** 33 - 1 }),
  ]) {
    writeFileSync(archive, Buffer.concat([wrong, member({ name: "after" }), END]));
    const { findings, verification } = await made.verify(target);
    expect(verification.cut).toMatch(/^(DAMAGED|CUT):/);
    expect(findings.every(({ kind }) => kind === "unverifiable" || kind === "extra")).toBe(true);
  }
});

test("I11: a bomb of 1:1000 is cut, with memory flat", async () => {
  const { made, archive } = await small();
  const bytes = 2 ** 30;
  const zeros = new Uint8Array(2 ** 26);
  const pieces = [
    member({ name: "bomb", size: bytes }),
    ...Array.from({ length: bytes / zeros.length }, () => zeros),
  ];
  const packer = Bun.spawn(["zstd", "-q", "-1", "-c"], {
    stdin: "pipe",
    stdout: Bun.file(`${archive}.zst`),
  });
  for (const piece of pieces) {
    await packer.stdin.write(piece);
    await packer.stdin.flush();
  }
  await packer.stdin.end();
  await packer.exited;
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const { verification } = await made.verify(`${archive}.zst`);
  expect(verification.cut).toMatch(/^BOMB:/);
  expect(process.memoryUsage().rss - before).toBeLessThan(250 * 2 ** 20);
}, 60_000);

test("sparse files are whole: in GNU tar's four forms, with few holes and many", async () => {
  const made = await FaultyCopy.open(10);
  for (const [name, holes] of [
    ["few", 2],
    ["many", 60],
  ] as const) {
    const file = `${made.tree}/${name}`;
    sh(
      `truncate -s 5M ${file}; for i in $(seq ${holes}); do printf "data $i" | dd of=${file} bs=1 seek=$((i * 80000)) conv=notrunc status=none; done; touch -d @1600000000 ${file}`,
    );
  }
  made.row = (await made.trial.scan()).row;
  const forms = [
    "--format=gnu",
    ...["0.0", "0.1", "1.0"].map((form) => `--format=pax --sparse-version=${form}`),
  ];
  for (const form of forms) {
    const archive = `${made.trial.home}/sparse.tar`;
    sh(`tar -S ${form} -C ${made.tree} -cf ${archive} .`);
    expect(Bun.file(archive).size).toBeLessThan(2_000_000);
    expect([form, (await made.verify(archive)).findings]).toEqual([form, []]);
  }
});

test("a sparse file beyond 8 GiB, whose places are binary numbers, is no damage", async () => {
  const made = await FaultyCopy.open(10);
  const [file, archive] = [`${made.trial.home}/huge`, `${made.trial.home}/huge.tar`];
  sh(
    `truncate -s 9G ${file}; printf data | dd of=${file} bs=1 seek=9000000000 conv=notrunc status=none; tar -S --format=gnu -C ${made.trial.home} -cf ${archive} huge`,
  );
  const { signal } = new AbortController();
  const told = [];
  // Not read: nine gigabytes of zeros take seconds.
  for await (const entry of tarEntries(archiveBytes(archive, 1e12, signal), signal, 1e12))
    told.push(entry);
  expect(told.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([["huge", 9 * 2 ** 30]]);
});

test("entries by the hundred thousand, all empty, take no memory to speak of", async () => {
  const made = await FaultyCopy.open(5);
  const count = process.env["BSV_SOAK"] === "1" ? 1_000_000 : 10_000;
  const archive = `${made.trial.home}/empty.tar.gz`;
  const chunks: Buffer[] = [];
  for (let nr = 0; nr < count; nr++) chunks.push(member({ name: `e/${nr % 1000}/${nr}` }));
  writeFileSync(archive, gzipSync(Buffer.concat([...chunks, END]), { level: 1 }));
  chunks.length = 0;
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const { verification } = await made.verify(archive, {
    layout: { strip: "", prefix: "/x", maps: [] },
  });
  expect(verification.counts.extra).toBe(count);
  expect(process.memoryUsage().rss - before).toBeLessThan(250 * 2 ** 20);
}, 120_000);

test("what unpacking puts in a file's place is told: a folder, and an entry of a type that tools read differently", async () => {
  const { made, archive, target } = await small();
  const path = "d0/deep/er/file-0.bin";
  const good = readFileSync(`${made.tree}/${path}`);
  const bad = Buffer.from("bad");
  const layout = { strip: "", prefix: made.tree, maps: [] };
  const entriesAtPath = [
    [[member({ name: path, type: "5" })], "modified", "TYPE: other instead of file"],
    [[member({ name: `${path}/` })], "modified", "TYPE: other instead of file"],
    [[member({ name: path, type: "Z", data: bad })], "unverifiable", 'TYPE: of type "Z"'],
  ] as const;
  for (const [later, kind, why] of entriesAtPath) {
    const before = [member({ name: "d0", type: "5" }), member({ name: path, data: good })];
    writeFileSync(archive, Buffer.concat([...before, ...later, END]));
    const { findings } = await made.verify(target, { layout, ignoreMtime: true });
    const told = findings.find((finding) => finding.path === `${made.tree}/${path}`);
    expect(told).toMatchObject({ kind, why: expect.stringContaining(why) });
    expect(findings.some((finding) => finding.kind === "extra")).toBe(false);
  }
});

test("a negative size in a header is damage, and no file without bytes", async () => {
  const { made, archive, target } = await small();
  const header = member({ name: "d0/empty" });
  header.fill(0xff, 124, 136);
  header.write("        ", 148);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  writeFileSync(archive, Buffer.concat([header, END]));
  const { verification } = await made.verify(target);
  expect(verification.cut).toContain("DAMAGED: a negative size");
});

test("what GNU tar would not unpack, or otherwise, is not good: a size that is no number, a hard link to nothing, a map under another magic", async () => {
  const { made, archive, target } = await small();
  const path = "d0/deep/er/file-0.bin";
  const data = readFileSync(`${made.tree}/${path}`);
  const sealed = (block: Buffer): Buffer => {
    block.write("        ", 148);
    const sum = block.subarray(0, 512).reduce((all, byte) => all + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return block;
  };
  const noNumber = member({ name: path, data });
  noNumber[130] = 0xff;
  const sparse = member({ name: path, data, type: "S" });
  sparse.write(
    `${(1000).toString(8).padStart(11, "0")}\0${data.length.toString(8).padStart(11, "0")}\0`,
    386,
  );
  sparse.write(`${(1000 + data.length).toString(8).padStart(11, "0")}\0`, 483);
  const toNothing = [
    member({ name: "x", type: "x", data: Buffer.from("9 a=bcde\n") }),
    member({ name: path, data, type: "1" }),
  ];
  const holed = Buffer.concat([Buffer.alloc(1000), data]);
  for (const [entries, asMapped] of [
    [[sealed(noNumber)], data],
    [[sealed(sparse)], holed],
    [toNothing, data],
  ] as const) {
    writeFileSync(archive, Buffer.concat([...entries, END]));
    const ran = Bun.spawnSync(["tar", "-xOf", archive, path]);
    expect(ran.stdout.equals(asMapped)).toBe(false);
    const { findings } = await made.verify(target, {
      layout: { strip: "", prefix: made.tree, maps: [] },
      ignoreMtime: true,
    });
    const told = findings.find((finding) => finding.path === `${made.tree}/${path}`);
    expect(told?.kind).toBe("unverifiable");
  }
});

test("times that were kept as doubles are the same times", async () => {
  const made = await FaultyCopy.open(60);
  const archive = `${made.trial.home}/archive.tar`;
  sh(
    `python3 -c 'import sys,tarfile; t=tarfile.open(sys.argv[1],"w",format=tarfile.PAX_FORMAT); t.add(sys.argv[2],"."); t.close()' ${archive} ${made.copy}`,
  );
  expect((await made.verify(`tar:${archive}`)).findings).toEqual([]);
});

test("a hard link to a symlink is that symlink, and no file", async () => {
  const made = await FaultyCopy.open(60);
  sh(`cd ${made.tree}; ln -s nowhere s1; ln -P s1 s2; cp -a s1 s2 ${made.copy}`);
  made.row = (await made.trial.scan()).row;
  const archive = `${made.trial.home}/archive.tar`;
  sh(`tar -C ${made.tree} -cf ${archive} .`);
  expect(Bun.spawnSync(["tar", "-tvf", archive]).stdout.toString()).toMatch(/s\d link to \.\/s\d/);
  expect((await made.verify(`tar:${archive}`)).findings).toEqual([]);
});
