// Lists of checksums as copies: those of the real tools, and our own exports. They prove no content, and say so.
import { expect, test } from "bun:test";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { knownCopies } from "#db/proof/verifications.ts";
import { everyFaultIsFound } from "./fault-matrix.ts";
import { ALL_NAMES, FaultyCopy, type Names } from "./faulty-copy.ts";

function sh(line: string): void {
  const ran = Bun.spawnSync(["bash", "-c", `set -euo pipefail; ${line}`]);
  if (!ran.success) throw new Error(`${line}: ${ran.stderr.toString()}`);
}

const NAMES: Names = { ...ALL_NAMES, symlinks: false };
const WITHOUT_LINE_ENDS: Names = { ...NAMES, canHold: (name) => !name.includes("\n") };

/** RFC 8493: line ends and percent signs are encoded, and nothing else. */
const BAG = "sed -z 's/%/%25/g; s/\\n/%0A/g; s/\\r/%0D/g' | tr '\\0' '\\n'";

const LISTERS: Record<string, [names: Names, list: (file: string) => string]> = {
  sha256sum: [NAMES, (file) => `find . -type f -print0 | xargs -0 sha256sum > ${file}`],
  "sha256sum --tag": [
    NAMES,
    (file) => `find . -type f -print0 | xargs -0 sha256sum --tag > ${file}`,
  ],
  "sha256sum -z": [NAMES, (file) => `find . -type f -print0 | xargs -0 sha256sum -z > ${file}`],
  hashdeep: [WITHOUT_LINE_ENDS, (file) => `hashdeep -c sha256 -l -r . > ${file}`],
  bsdtar: [
    NAMES,
    (file) => `bsdtar -cf ${file} --format=mtree --options='sha256,size,time,type' .`,
  ],
  mtree: [NAMES, (file) => `mtree -c -k sha256,size,time,type > ${file}`],
  "sha256sum, as a bag's manifest": [
    NAMES,
    (file) =>
      `find . -type f -printf 'data/%P\\0' > ${file}.names; ln -s . data; xargs -0 sha256sum -z < ${file}.names | ${BAG} > ${file}; rm data`,
  ],
};

for (const [name, [names, list]] of Object.entries(LISTERS)) {
  const isBag = name.includes("bag");
  test.skipIf(Bun.which(name.split(/[ ,]/)[0]!) === null)(
    `${name}: a clean list has no finding, one of a faulty tree exactly those planted, and nothing is proven by it`,
    async () => {
      const made = await everyFaultIsFound({
        what: `sums: by ${name}`,
        names,
        faults: ["bit flip", "missing", "extra", "swapped twins", "renamed", "case changed"],
        pack({ copy, trial }) {
          const file = `${trial.home}/${isBag ? "manifest-sha256.txt" : "list"}`;
          sh(`cd ${copy}; ${list(file)}`);
          return `sums:${file}`;
        },
        wishes: ({ tree }) => (isBag ? { layout: { strip: "data", prefix: tree, maps: [] } } : {}),
        alsoClean: ({ verification }) =>
          expect(verification).toMatchObject({ method: "listed", bytesRead: 0 }),
      });
      expect(await knownCopies(made.trial.scope, made.row)).toEqual([]);
    },
  );
}

test("I6: a line that cannot be understood, another kind of hash, and no list at all leave what they may be about unknown", async () => {
  const made = await FaultyCopy.open(10, NAMES);
  const file = `${made.trial.home}/list`;
  const kindsOf = async () => {
    const { findings, verification } = await made.verify(`sums:${file}`);
    expect(verification.isComplete).toBe(false);
    return [...new Set(findings.map(({ kind }) => kind))];
  };
  sh(`cd ${made.copy}; find . -type f -print0 | xargs -0 sha256sum > ${file}`);
  const lines = readFileSync(file, "latin1").split("\n");
  writeFileSync(file, lines.slice(3).join("\n"), "latin1");
  appendFileSync(file, "what is this\n");
  expect(await kindsOf()).toEqual(["unverifiable"]);
  sh(`cd ${made.copy}; find . -type f -print0 | xargs -0 md5sum > ${file}`);
  expect(await kindsOf()).toEqual(["unverifiable"]);
  sh(`cd ${made.copy}; find . -type f -print0 | xargs -0 b2sum -l 256 --tag > ${file}`);
  expect(await kindsOf()).toEqual(["unverifiable"]);
  writeFileSync(file, "no list at all\n");
  expect(await kindsOf()).toEqual(["unverifiable"]);
});

test("I6: a packed list that is cut makes nothing missing, even where a line ends", async () => {
  const made = await FaultyCopy.open(10, NAMES);
  const file = `${made.trial.home}/list`;
  sh(`cd ${made.copy}; find . -type f -print0 | xargs -0 sha256sum > ${file}`);
  for (const packer of ["gzip", "zstd", "xz", "bzip2"]) {
    if (Bun.which(packer) === null) continue;
    // Two streams one behind the other are one to each of the tools; of the second nothing may be left but its beginning.
    sh(
      `for half in "head -n 6" "tail -n +7"; do $half ${file} | ${packer} -c; done > ${file}.packed`,
    );
    const whole = readFileSync(`${file}.packed`);
    expect([packer, (await made.verify(`sums:${file}.packed`)).findings]).toEqual([packer, []]);
    for (let cut = 1; cut < 12; cut++) {
      writeFileSync(`${file}.packed`, whole.subarray(0, whole.length - cut));
      const { findings, verification } = await made.verify(`sums:${file}.packed`);
      expect([packer, cut, verification.isComplete]).toEqual([packer, cut, false]);
      expect(findings.every(({ kind }) => kind === "unverifiable")).toBe(true);
    }
  }
});
