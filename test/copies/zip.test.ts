// Zip archives as copies, made by zip and 7z, whole and damaged, honest and hostile.
import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { Random } from "#test/db/random.ts";
import { everyFaultIsFound } from "./fault-matrix.ts";
import { ALL_NAMES, FAULTS, FaultyCopy, named, type Names } from "./faulty-copy.ts";

const CUTS = process.env["BSV_SOAK"] === "1" ? 500 : 12;

function sh(line: string): void {
  const ran = Bun.spawnSync(["bash", "-c", `set -euo pipefail; ${line}`], {
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  if (!ran.success) throw new Error(`${line}: ${ran.stdout.toString()}${ran.stderr.toString()}`);
}

/** What these archivers can write at all: no name that is not UTF-8; 7z turns some letters into others. */
const ZIP_NAMES: Names = { ...ALL_NAMES, canHold: (name) => name.isWellFormed() };

const PACKERS = {
  zip: (folder: string, file: string) => `cd ${folder}; zip -qry ${file} .`,
  "zip, ZIP64": (folder: string, file: string) => `cd ${folder}; zip -qry --force-zip64 ${file} .`,
  "zip, stored": (folder: string, file: string) => `cd ${folder}; zip -qry0 ${file} .`,
  "7z": (folder: string, file: string) =>
    `cd ${folder}; 7z a -tzip -bso0 -bsp0 -mtc=on -snl ${file} .`,
  bsdtar: (folder: string, file: string) => `bsdtar -C ${folder} --format zip -cf ${file} .`,
};

for (const [name, pack] of Object.entries(PACKERS)) {
  test.skipIf(Bun.which(name.split(",")[0]!) === null)(
    `${name}: a clean archive has no finding, a faulty one exactly those planted`,
    async () => {
      await everyFaultIsFound({
        what: `zip: by ${name}`,
        names: ZIP_NAMES,
        pack({ copy, trial }) {
          const file = `${trial.home}/archive.zip`;
          rmSync(file, { force: true });
          sh(pack(copy, file));
          return file;
        },
      });
    },
  );
}

async function small(pack = "zip -qry"): Promise<{ made: FaultyCopy; file: string }> {
  const made = await FaultyCopy.open(20, ZIP_NAMES);
  const file = `${made.trial.home}/archive.zip`;
  sh(`cd ${made.copy}; ${pack} ${file} .`);
  return { made, file };
}

test.skipIf(Bun.which("zip") === null)(
  "I6: a zip archive cut anywhere makes nothing missing; a bit flipped anywhere makes nothing good that is not",
  async () => {
    const { made, file } = await small();
    const whole = readFileSync(file);
    const random = new Random(6);
    for (let nr = 0; nr < CUTS; nr++) {
      writeFileSync(file, whole.subarray(0, random.below(whole.length)));
      const { findings, verification } = await made.verify(file);
      expect(verification.cut).toMatch(/^(CUT|EMPTY):/);
      expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(["unverifiable"]));
    }
    for (let nr = 0; nr < 2 * CUTS; nr++) {
      const bent = Buffer.from(whole);
      const at = random.below(whole.length);
      bent[at] = bent[at]! ^ (1 << random.below(8));
      writeFileSync(file, bent);
      const { findings, verification } = await made.verify(file);
      // What says intact was read and hashed: whatever else was bent, its content is what was recorded.
      const { counts, coverage } = verification;
      expect(counts.intact + counts.touched).toBeLessThanOrEqual(coverage.filesChecked);
      expect(findings.filter(({ kind }) => kind === "missing").length).toBeLessThanOrEqual(1);
    }
  },
);

test.skipIf(Bun.which("python3") === null)(
  "a symlink whose packed size is bent to megabytes is unverifiable, and the rest is judged",
  async () => {
    const { made, file } = await small();
    const script = `
import zipfile
z = zipfile.ZipFile(${JSON.stringify(file)}, "w", zipfile.ZIP_DEFLATED)
link = zipfile.ZipInfo("link"); link.create_system = 3; link.external_attr = 0o120777 << 16
link.compress_type = zipfile.ZIP_DEFLATED
z.writestr(link, "/etc/somewhere")
z.close()`;
    expect(Bun.spawnSync(["python3", "-c", script]).exitCode).toBe(0);
    const bytes = readFileSync(file);
    bytes.writeUInt32LE(5 << 20, bytes.indexOf("PK\x01\x02", 0, "latin1") + 20);
    writeFileSync(file, bytes);
    const { findings } = await made.verify(file, {
      layout: { strip: "", prefix: made.tree, maps: [] },
    });
    const link = findings.find(({ path }) => path === `${made.tree}/link`);
    expect(link?.observed?.trouble).toMatchObject({ kind: "unverifiable" });
    expect(findings.some(({ kind }) => kind === "missing")).toBe(true);
  },
);

/** In every entry of the directory, or in every header before the data, the CRC is another. */
function withOtherCrcs(bytes: Buffer, place: keyof typeof CRCS): Buffer {
  const { signature, offset } = CRCS[place];
  const bent = Buffer.from(bytes);
  for (let at = bent.indexOf(signature, 0, "latin1"); at >= 0;) {
    bent.writeUInt32LE((bent.readUInt32LE(at + offset) ^ 1) >>> 0, at + offset);
    at = bent.indexOf(signature, at + 26, "latin1");
  }
  return bent;
}

const CRCS = {
  directory: { signature: "PK\x01\x02", offset: 16, refuses: "7z t" },
  header: { signature: "PK\x03\x04", offset: 14, refuses: "unzip -tq" },
};

test.skipIf(["zip", "unzip", "7z"].some((tool) => Bun.which(tool) === null))(
  "bytes that are right under a wrong CRC are told, for other tools refuse them; wrong bytes stay corrupted",
  async () => {
    for (const [pack, place] of [
      ["zip -qry", "directory"],
      ["zip -qry0", "directory"],
      ["zip -qry", "header"],
    ] as const) {
      const { made, file } = await small(pack);
      writeFileSync(file, withOtherCrcs(readFileSync(file), place));
      expect(Bun.spawnSync([...CRCS[place].refuses.split(" "), file]).exitCode).not.toBe(0);
      const { findings, verification } = await made.verify(file);
      expect(new Set(findings.map(({ kind, why }) => `${kind} ${why?.split(":")[0]}`))).toEqual(
        new Set(["unreadable CRC"]),
      );
      expect(findings).toHaveLength(made.row.fileCount);
      expect(verification).toMatchObject({ isComplete: false, coverage: { filesChecked: 0 } });
      made.plant(8, ["bit flip", "truncation", "renamed", "missing"]);
      rmSync(file);
      sh(`cd ${made.copy}; ${pack} ${file} .`);
      writeFileSync(file, withOtherCrcs(readFileSync(file), place));
      const bent = await made.verify(file);
      const certain = bent.findings.filter(({ kind }) => kind !== "unreadable");
      expect(named(certain)).toEqual(made.expected.toSorted());
    }
  },
);

test.skipIf(["zip", "7z"].some((tool) => Bun.which(tool) === null))(
  "a header before the data that contradicts the directory is told, for tools go by it; I6: a count too low makes nothing missing",
  async () => {
    for (const [offset, value] of [
      [8, 99], // packed by another method
      [6, 1], // encrypted
    ] as const) {
      const { made, file } = await small();
      const bytes = readFileSync(file);
      const name = bytes.indexOf("-0.bin", 0, "latin1");
      const at = bytes.lastIndexOf("PK\x03\x04", name, "latin1");
      bytes.writeUInt16LE(value, at + offset);
      writeFileSync(file, bytes);
      expect(Bun.spawnSync(["7z", "t", "-px", file]).exitCode).not.toBe(0);
      const { findings } = await made.verify(file);
      const told = findings.map(({ kind, why }) => `${kind} ${why?.split(":")[0]}`);
      expect(told).toEqual(["unreadable HEADER"]);
    }
    const { made, file } = await small();
    const bytes = readFileSync(file);
    const end = bytes.lastIndexOf("PK\x05\x06", bytes.length, "latin1");
    const count = bytes.readUInt16LE(end + 10) - 3;
    bytes.writeUInt16LE(count, end + 8);
    bytes.writeUInt16LE(count, end + 10);
    writeFileSync(file, bytes);
    const { findings, verification } = await made.verify(file);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(["unverifiable"]));
    expect(verification.cut).toContain("its directory goes on");
  },
);

test.skipIf(Bun.which("zip") === null || Bun.which("7z") === null)(
  "encrypted entries are unverifiable, never corrupted",
  async () => {
    for (const pack of ["zip -qry -P secret", "7z a -tzip -bso0 -bsp0 -snl -psecret -mem=AES256"]) {
      const { made, file } = await small(pack);
      const { findings, verification } = await made.verify(file);
      const codes = new Set(findings.map(({ kind, why }) => `${kind} ${why?.split(":")[0]}`));
      expect(codes).toEqual(new Set(["unverifiable ENCRYPTED"]));
      expect(verification.isComplete).toBe(false);
    }
  },
);

/** Other archivers, ciphers and sizes: 5 MB is read piece by piece. */
const CIPHERS: Record<string, string> = {
  "zip, deflated": "zip -qry -P secret",
  "zip, stored": "zip -qry0 -P secret",
  "7z, ZipCrypto": "7z a -tzip -bso0 -bsp0 -mtc=on -snl -psecret -mem=ZipCrypto",
  "7z, AES-128": "7z a -tzip -bso0 -bsp0 -mtc=on -snl -psecret -mem=AES128",
  "7z, AES-256, stored": "7z a -tzip -bso0 -bsp0 -mtc=on -snl -mx=0 -psecret -mem=AES256",
};

for (const [name, pack] of Object.entries(CIPHERS)) {
  test.skipIf(Bun.which(pack.split(" ")[0]!) === null)(
    `${name}: with its password file an encrypted archive is read; with another, or damaged, nothing is good or bad`,
    async () => {
      const made = await FaultyCopy.open(2 * FAULTS, ZIP_NAMES);
      const random = new Random(5);
      const large = Uint8Array.from({ length: 5 << 20 }, () => random.below(256));
      for (const folder of [made.tree, made.copy]) {
        writeFileSync(`${folder}/large`, large);
        writeFileSync(`${folder}/zeros`, Buffer.alloc(6 << 20));
        utimesSync(`${folder}/large`, 1_600_000_000, 1_600_000_000);
        utimesSync(`${folder}/zeros`, 1_600_000_000, 1_600_000_000);
      }
      made.row = (await made.trial.scan()).row;
      const file = `${made.trial.home}/archive.zip`;
      const [right, wrong] = [`${made.trial.home}/right`, `${made.trial.home}/wrong`];
      writeFileSync(right, "secret\n", { mode: 0o600 });
      writeFileSync(wrong, "Secret\n", { mode: 0o600 });
      sh(`cd ${made.copy}; ${pack} ${file} .`);
      const clean = await made.verify(file, { passwordFile: right });
      expect([clean.verification.cut, named(clean.findings)]).toEqual([null, []]);
      expect(clean.verification.isComplete).toBe(true);
      const other = await made.verify(file, { passwordFile: wrong });
      expect(new Set(other.findings.map(({ kind }) => kind))).toEqual(new Set(["unverifiable"]));
      // By chance the old cipher's one byte fits a wrong password for every 256th entry: its CRC then does not.
      const codes = other.findings.map(({ why }) => why?.split(":")[0]);
      expect(new Set(codes)).toEqual(new Set(["PASSWORD"]));

      const whole = readFileSync(file);
      const at = whole.indexOf("large", 0, "latin1") + 200_000;
      whole[at] = whole[at]! ^ 1;
      writeFileSync(file, whole);
      const bent = await made.verify(file, { passwordFile: right });
      expect(bent.findings.map(({ kind, why }) => `${kind} ${why?.split(":")[0]}`)).toEqual([
        "unverifiable PASSWORD",
      ]);

      made.plant(FAULTS);
      rmSync(file);
      sh(`cd ${made.copy}; ${pack} ${file} .`);
      const { findings } = await made.verify(file, { passwordFile: right });
      expect(named(findings)).toEqual(made.expected.toSorted());
    },
  );
}

test.skipIf(Bun.which("python3") === null)(
  "a hostile archive writes nothing, climbs nowhere, and its bomb is not unpacked",
  async () => {
    const { made, file } = await small();
    const script = `
import zipfile
z = zipfile.ZipFile(${JSON.stringify(file)}, "w", zipfile.ZIP_DEFLATED)
for name in ["../../bsv-was-here", "/tmp/bsv-was-here", "a/../../bsv-was-here", "twice", "twice", ""]:
    z.writestr(zipfile.ZipInfo(name), "evil")
with z.open("bomb", "w") as bomb:
    for _ in range(300): bomb.write(bytes(1 << 20))
link = zipfile.ZipInfo("link"); link.create_system = 3; link.external_attr = 0o120777 << 16
z.writestr(link, "/etc")
z.close()`;
    expect(Bun.spawnSync(["python3", "-W", "ignore", "-c", script]).exitCode).toBe(0);
    const { findings } = await made.verify(file, {
      layout: { strip: "", prefix: made.tree, maps: [] },
    });
    const extras = findings.filter(({ kind }) => kind === "extra").map(({ path }) => path);
    expect(extras.map((path) => path.replace(made.tree, "TREE"))).toEqual([
      "TREE/bomb",
      "TREE/link",
      "TREE/twice",
      "TREE/tmp/bsv-was-here",
      "../../bsv-was-here",
      "a/../../bsv-was-here",
    ]);
    expect(findings.find(({ path }) => path.endsWith("/bomb"))?.observed?.trouble?.why).toMatch(
      /^BOMB:/,
    );
    for (const folder of ["/tmp", "/etc", made.trial.home]) {
      expect(existsSync(`${folder}/bsv-was-here`)).toBe(false);
    }
  },
);
