// Repositories of the real tools as copies: what restic and borg give back is proved against the snapshot, not against their own records.
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "#core/proof/finding.ts";
import { kopiaCopy } from "#copies/kopia.ts";
import type { OpenOptions } from "#copies/open.ts";
import { everyFaultIsFound } from "./fault-matrix.ts";
import type { FaultyCopy } from "./faulty-copy.ts";

const base = mkdtempSync(`${tmpdir()}/bsv-tools-`);
const ENV = {
  BORG_BASE_DIR: `${base}/borg`,
  XDG_CACHE_HOME: `${base}/cache`,
  RESTIC_PASSWORD: "secret",
  BORG_PASSPHRASE: "secret",
  BORG_RELOCATED_REPO_ACCESS_IS_OK: "yes",
  BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: "yes",
  PATH: `${base}/bin:${process.env["PATH"]}`,
  TMPDIR: `${base}/tmp`,
};
let before: Record<string, string | undefined>;
beforeAll(() => {
  for (const name of ["bin", "tmp"]) mkdirSync(join(base, name));
  before = Object.fromEntries(Object.keys(ENV).map((name) => [name, process.env[name]]));
  Object.assign(process.env, ENV);
});
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

function sh(line: string): void {
  const ran = Bun.spawnSync(["bash", "-c", `set -euo pipefail; ${line}`], { env: process.env });
  if (!ran.success) throw new Error(`${line}: ${ran.stderr.toString()}`);
}

const TOOLS = {
  restic: {
    init: (repo: string) => `restic -q -r ${repo} init`,
    backup: (repo: string, folder: string) => `cd ${folder}; restic -q -r ${repo} backup .`,
    target: (repo: string) => `restic:${repo}`,
    packs: "data",
  },
  borg: {
    init: (repo: string) => `borg init -e repokey ${repo}`,
    backup: (repo: string, folder: string, nr: number) =>
      `cd ${folder}; borg create -C none ${repo}::nr-${nr} .`,
    target: (repo: string, nr: number) => `borg:${repo}::nr-${nr}`,
    packs: "data",
  },
};

for (const [tool, { init, backup, target, packs }] of Object.entries(TOOLS)) {
  test.skipIf(Bun.which(tool) === null)(
    `${tool}: a clean repository has no finding, a faulty backup exactly those planted, a damaged pack is never ok`,
    async () => {
      const repoOf = ({ trial }: FaultyCopy): string => `${trial.home}/repo`;
      const made = await everyFaultIsFound({
        what: tool,
        pack(made, turn) {
          if (turn === 1) sh(init(repoOf(made)));
          sh(backup(repoOf(made), made.copy, turn));
          return target(repoOf(made), turn);
        },
      });
      const repo = repoOf(made);
      const files = readdirSync(join(repo, packs), { recursive: true, encoding: "utf8" })
        .map((name) => join(repo, packs, name))
        .filter((name) => statSync(name).isFile())
        .sort((a, b) => statSync(b).size - statSync(a).size);
      for (const name of files.slice(0, 3)) {
        const bytes = readFileSync(name);
        bytes.fill(0, bytes.length >> 2, bytes.length >> 1);
        Bun.spawnSync(["chmod", "u+w", name]);
        writeFileSync(name, bytes);
      }
      const damaged = await made.verify(target(repo, 2));
      expect(damaged.verification.isComplete).toBe(false);
      expect(damaged.verification.cut).toMatch(/^TOOL_FAILED: /);
      // Nothing is lost by it that the tool did not say was lost.
      const isTrue = ({ kind, path }: Finding) =>
        kind === "unverifiable" ||
        kind === "extra" || // what moved is that alone, where its old name is behind the cut
        made.expected.includes(`${kind} ${path}`);
      expect(damaged.findings.filter((finding) => !isTrue(finding))).toEqual([]);
    },
  );
}

test("cmd: a command that writes a clean archive has no finding, one of a faulty tree exactly those planted", async () => {
  await everyFaultIsFound({
    what: "cmd",
    pack: ({ copy }) => `cmd:cd ${copy} && tar --format=pax -c . | cat`,
  });
});

test.skipIf(Bun.which("rclone") === null)(
  "rclone: a clean remote has no finding, a faulty one exactly those planted, one that is not there is unknown",
  async () => {
    const names = {
      // rclone shows control characters as other letters, and so do the names of a copy.
      canHold: (name: string) => name.isWellFormed() && !/\p{Cc}/u.test(name),
      symlinks: false,
      hardLinks: true,
    };
    const made = await everyFaultIsFound({
      what: "rclone",
      names,
      pack: ({ copy }) => `rclone::local:${copy}`,
    });
    for (const wrong of [`rclone::local:${made.copy}-not-there`, "rclone:no-such-remote:x"]) {
      const { findings, verification } = await made.verify(wrong);
      expect(verification.cut).toMatch(/^TOOL_FAILED: rclone/);
      expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(["unverifiable"]));
    }
  },
);

// No package has a kopia. This one opens its output as kopia does (cli/command_restore.go: os.Create, that is O_RDWR), so it too holds both ends.
function standInKopia(writes: string): void {
  const script = `#!/bin/sh
[ "$1" = restore ] && [ "$4" = --mode=tar ] || exit 9
exec 3<>"$3"
echo $$ > ${base}/kopia.pid
${writes}
`;
  writeFileSync(join(base, "bin/kopia"), script, { mode: 0o755 });
}

const opened = (source: string) =>
  kopiaCopy(source, { expectedBytes: 1e9 } as OpenOptions).entries(new AbortController().signal);

/** The stand-in has ended, and its pipe is gone. */
async function nothingIsLeft(): Promise<void> {
  const pid = Number(readFileSync(`${base}/kopia.pid`, "utf8"));
  const isThere = () => Bun.spawnSync(["kill", "-0", String(pid)]).success;
  for (let waited = 0; isThere() && waited < 10_000; waited += 20) await Bun.sleep(20);
  expect(isThere()).toBe(false);
  const folders = () => readdirSync(`${base}/tmp`).filter((name) => name.startsWith("tmp."));
  for (let waited = 0; folders().length > 0 && waited < 10_000; waited += 20) await Bun.sleep(20);
  expect(folders()).toEqual([]);
}

test("kopia: its tar archive comes through a pipe; a clean one has no finding, a faulty one exactly those planted", async () => {
  standInKopia(`exec cat "$2" >&3`);
  const made = await everyFaultIsFound({
    what: "kopia",
    pack({ copy, trial }) {
      sh(`tar -C ${copy} --format=pax -cf ${trial.home}/kopia.tar .`);
      return `kopia:${trial.home}/kopia.tar`;
    },
  });
  await nothingIsLeft();
  // It fails before it writes, and in the middle: what was not met is unknown.
  standInKopia(`echo "no such snapshot" >&2; exit 1`);
  const none = await made.verify("kopia:kffbb7c28");
  expect(none.verification.cut).toBe("TOOL_FAILED: kopia ended with exit 1: no such snapshot");
  expect(new Set(none.findings.map(({ kind }) => kind))).toEqual(new Set(["unverifiable"]));
  standInKopia(`head -c 30000 "$2" >&3; exit 3`);
  const cut = await made.verify(`kopia:${made.trial.home}/kopia.tar`);
  expect(cut.verification.isComplete).toBe(false);
  expect(cut.findings.filter(({ kind }) => kind === "missing")).toEqual([]);
  await nothingIsLeft();
});

test("kopia: a source that would be a flag is refused; without the tool nothing is missing", async () => {
  expect(() => opened("--mode=zip")).toThrow("Not a place in a kopia repository");
  rmSync(join(base, "bin/kopia"), { force: true });
  if (Bun.which("kopia", { PATH: process.env["PATH"]! }) !== null) return;
  expect(async () => {
    for await (const _ of opened("k1"));
  }).toThrow("kopia: not found");
});

test("kopia: it is ended when its reader stops, and when bsv is killed, alone or with all it started", async () => {
  const tar = `${base}/endless.tar`;
  mkdirSync(`${base}/few`);
  for (let nr = 0; nr < 40; nr++) writeFileSync(`${base}/few/${nr}`, Buffer.alloc(65_536));
  sh(`tar -C ${base}/few -cf ${tar} .`);
  standInKopia(`exec cat "$2" >&3`); // more than the pipe holds
  for await (const _ of opened(tar)) break;
  await nothingIsLeft();

  const script = `
    import { kopiaCopy } from "#copies/kopia.ts";
    const copy = kopiaCopy(${JSON.stringify(tar)}, { expectedBytes: 1e9 });
    for await (const _ of copy.entries(new AbortController().signal)) { console.log("reads"); await Bun.sleep(1e6); }`;
  // Ctrl-C, a closed terminal and the end of a service go to all that was started, kopia's shell too.
  for (const signal of ["SIGKILL", "SIGINT", "SIGHUP", "SIGTERM"] as const) {
    const bsv = Bun.spawn([process.execPath, "-e", script], {
      stdout: "pipe",
      env: process.env,
      detached: true,
    });
    await bsv.stdout.getReader().read();
    process.kill(signal === "SIGKILL" ? bsv.pid : -bsv.pid, signal);
    await bsv.exited;
    await nothingIsLeft();
  }
});
