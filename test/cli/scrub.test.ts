// `bsv scrub` as a user sees it.
import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { binary, Home, type Ran } from "./harness.ts";

test("what was read, what it found, and whether the cycle will be kept", async () => {
  using home = new Home({ BSV_MACHINE_ID: "devbox-001" });
  const { folder } = home;
  writeFileSync(`${folder}/bsv.yaml`, "backupsets: { photos: { paths: [tree] } }\n");
  mkdirSync(`${folder}/tree`);
  for (let nr = 0; nr < 40; nr++) write(nr, `content of ${nr}`);
  await home.run(["scan", "-q"]);
  function write(nr: number, text: string): void {
    writeFileSync(`${folder}/tree/${nr}.jpg`, text);
    utimesSync(`${folder}/tree/${nr}.jpg`, 1_700_000_000, 1_700_000_000);
  }
  const told = ({ stdout, stderr, exit }: Ran): string =>
    `${stdout}${stderr}(exit ${exit})`
      .replaceAll(folder, "HOME")
      .replaceAll(/\b[0-9a-f]{8}\b/g, "SNAPSHOT")
      .replaceAll(/\d{4}-\d\d-\d\d( \d\d:\d\d:\d\dZ)?/g, "TIME")
      .replaceAll(/[\d.]+ K?i?B a day/g, "SO MUCH a day")
      .replaceAll(/in 0:\d\d/g, "in 0:00");
  expect(told(await home.run(["scrub", "photos"]))).toMatchInlineSnapshot(`
    "SNAPSHOT of devbox-001/photos, TIME (just now): 40 files, 510 B
    scrub: none corrupted; 2 of 40 files checked, 24 B of 510 B compared, 38 not checked: 38 NOT_DUE; 24 B read now in 0:00
    longest ago: just now
    cycle of 30d: kept; at SO MUCH a day all is read again by TIME
    (exit 0)"
  `);

  const sampled = told(await home.run(["scrub", "photos", "--sample", "30"]));
  expect(sampled).toContain("0 bad of 30 sampled: fewer than 9.6 % bad with 95 % confidence\n");

  write(7, "kontent of 7");
  const all = await home.run(["scrub", "photos", "--sample", "40"]);
  expect(all.exit).toBe(4);
  expect(told(all)).toContain("corrupted         12 B  HOME/tree/7.jpg");
  const { stdout } = await home.run([
    "scrub",
    "photos",
    "--cycle",
    "1h",
    "--max-bytes",
    "1",
    "--json",
  ]);
  const summary = JSON.parse(stdout.trim().split("\n").at(-1)!);
  expect(summary).toMatchObject({ type: "summary", method: "scrub", cycle: { missed: false } });
  expect((await home.run(["scrub", "nothing"])).exit).toBe(5);
});

/** Ten files, in a root and a folder below it; nine of them small, one so large that it is read ahead. */
async function scanned(): Promise<Home> {
  const home = new Home({ BSV_MACHINE_ID: "devbox-001" });
  const { folder } = home;
  writeFileSync(`${folder}/bsv.yaml`, "backupsets: { photos: { paths: [tree] } }\n");
  mkdirSync(`${folder}/tree/sub`, { recursive: true });
  for (let nr = 0; nr < 9; nr++) {
    writeFileSync(`${folder}/tree/${nr < 6 ? "" : "sub/"}${nr}.jpg`, `content of ${nr}`);
  }
  writeFileSync(`${folder}/tree/large.jpg`, new Uint8Array(9 << 20));
  await home.run(["scan", "-q"]);
  return home;
}

/** The folder `sub`, as the one above it is asked for it: by name, or through whichever descriptor it has. */
const BELOW = ["sub", ...Array.from({ length: 64 }, (_, fd) => `/proc/self/fd/${fd}/sub`)];

/** Every file is due. */
const SCRUB = "scrub photos --sample 10 --json";

interface Summary {
  readonly complete: boolean;
  readonly counts: Record<string, number>;
  readonly coverage: Record<string, unknown>;
  readonly changed_since_snapshot: number;
  readonly oldest_read_at: string;
}

/** What is not known is that, and nothing else: not intact, not missing, not changed; and it stays first in line. */
function expectUnknown(ran: Ran, files: number, code: string, since: string): void {
  const { complete, counts, coverage, ...last } = JSON.parse(
    ran.stdout.trimEnd().split("\n").at(-1)!,
  ) as Summary;
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  expect(Object.fromEntries(found)).toEqual({
    ...(files < 10 ? { intact: 10 - files } : {}),
    unreadable: files,
  });
  expect([complete, last.changed_since_snapshot]).toEqual([false, 0]);
  expect(coverage).toMatchObject({ files_checked: 10 - files, not_checked: { [code]: files } });
  expect(last.oldest_read_at < since).toBe(true);
  expect(ran.exit).toBe(3);
}

test.if(Bun.which("strace") !== null)(
  "I6: what a failing disk does not give is unreadable, never ok and never missing, and a scrub does not take it for read",
  async () => {
    using home = await scanned();
    for (const error of ["EIO", "EACCES"]) {
      for (const [paths, call, files] of [
        [[`${home.folder}/tree/1.jpg`], "read", 1],
        [[`${home.folder}/tree/1.jpg`], "statx", 1],
        [[`${home.folder}/tree/large.jpg`], "pread64", 1],
        [BELOW, "openat", 3],
        [[`${home.folder}/tree`], "openat", 10],
      ] as const) {
        const since = new Date().toISOString();
        const failing = `strace -f -qq -o /dev/null ${paths.map((path) => `-P ${path}`).join(" ")} -e trace=${call} -e inject=${call}:error=${error}`;
        const ran = await home.shell(`${failing} ${binary} ${SCRUB}`);
        expectUnknown(ran, files, error, since);
      }
    }
    const healthy = await home.run(SCRUB.split(" "));
    expect(JSON.parse(healthy.stdout.trimEnd().split("\n").at(-1)!)).toMatchObject({
      complete: true,
      counts: { intact: 10 },
    });
    expect(healthy.exit).toBe(0);
  },
);

test.skipIf(process.getuid?.() === 0 && Bun.which("setpriv") === null)(
  "I6: what a scrub may not read is unreadable, never ok and never missing",
  async () => {
    using home = await scanned();
    const isRoot = process.getuid?.() === 0; // to whom nothing is unreadable
    if (isRoot) Bun.spawnSync(["chown", "-R", "65534:65534", home.folder]);
    const as = isRoot ? "setpriv --reuid 65534 --clear-groups $BSV" : "$BSV";
    for (const [path, files] of [
      ["tree/1.jpg", 1],
      ["tree/sub", 3],
      ["tree", 10],
    ] as const) {
      const since = new Date().toISOString();
      chmodSync(`${home.folder}/${path}`, 0);
      try {
        expectUnknown(await home.shell(`${as} ${SCRUB}`), files, "EACCES", since);
      } finally {
        chmodSync(`${home.folder}/${path}`, 0o700);
      }
    }
  },
);
