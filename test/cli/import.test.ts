import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "#core/config/limits.ts";
import { Home } from "./harness.ts";
import { sample } from "./sample-store.ts";

/** What a script of twenty lines would write, see the owner's sketch. */
const MINIMAL = {
  snapshot_id: "abc123",
  timestamp: "2025-06-23T10:33:21",
  machine_id: "devbox-001",
  backupset_name: "project-data",
  summary: { file_count: 2, total_size: 1026, error_count: 0 },
  files: [
    {
      path: "/home/user/foo.txt",
      size: 1024,
      mtime: 1729493434.33,
      inode: 123456,
      checksum: "abc123",
      error: null,
    },
    {
      path: "/home/user/bar.txt",
      size: 2,
      mtime: 1729493434,
      inode: 7,
      checksum: "ABCD",
      error: null,
    },
  ],
};

function write(home: Home, name: string, content: string | Uint8Array): string {
  writeFileSync(join(home.folder, name), content);
  return name;
}

test("what is exported can be imported elsewhere, and is the same snapshot byte for byte", async () => {
  using here = new Home();
  using there = new Home();
  const ids = await sample(here);
  for (const id of ids) {
    const { stdout } = await here.run(["export", id]);
    const ran = await there.run(["import", write(there, `${id}.json`, stdout)]);
    expect(ran).toMatchObject({ exit: 0, stderr: "" });
    expect(ran.stdout).toStartWith(`Stored ${id.slice(0, 8)} of `);
    expect((await there.run(["export", id])).stdout).toBe(stdout);
  }
});

test("the minimal shape is taken in, plain or compressed, once; its own id finds it", async () => {
  using home = new Home();
  const text = JSON.stringify(MINIMAL);
  const files = [
    write(home, "a.json", text),
    write(home, "b.json.gz", Bun.gzipSync(text)),
    write(home, "c", Bun.zstdCompressSync(text)),
  ];
  const ran = await home.run(["import", ...files, "--json"]);
  expect(ran).toMatchObject({ exit: 0, stderr: "" });
  const events = ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map((event) => event.status ?? event.type)).toEqual([
    "stored",
    "exists",
    "exists",
    "summary",
  ]);
  expect(events.at(-1)).toEqual({ type: "summary", files: 3, stored: 1, exists: 2, refused: 0 });
  expect(events[0].client_id).toBe("abc123");
  const shown = await home.run(["show", "abc123", "--json"]);
  expect(JSON.parse(shown.stdout).timestamp).toBe("2025-06-23T10:33:21.000Z");
});

test("a document that contradicts itself is refused with its line, exit 4, and nothing is stored", async () => {
  using home = new Home();
  const wrong = { ...MINIMAL, summary: { ...MINIMAL.summary, file_count: 3 } };
  const ran = await home.run(["import", write(home, "x.json", JSON.stringify(wrong, null, 2))]);
  expect(ran.exit).toBe(4);
  expect(ran.stderr).toContain("file_count");
  expect(ran.stderr).toContain("[invalid_document]");
  expect((await home.run(["snapshots", "--json"])).stdout).toBe("[]\n");
  const cut = await home.run([
    "import",
    write(home, "y.json", JSON.stringify(MINIMAL).slice(0, -9)),
  ]);
  expect(cut).toMatchObject({ exit: 4, stdout: "" });
  expect(cut.stderr).toContain("[malformed]");
});

test("a document over a limit is refused like any other that can't be taken: exit 4", async () => {
  using home = new Home();
  const files = [{ ...MINIMAL.files[0], path: `/${"x".repeat(DEFAULT_LIMITS.entry_size)}` }];
  const ran = await home.run([
    "import",
    write(home, "x.json", JSON.stringify({ ...MINIMAL, files })),
  ]);
  expect(ran.stderr).toContain("[too_large]");
  expect(ran.exit).toBe(4);
  expect((await home.run(["snapshots", "--json"])).stdout).toBe("[]\n");
});

test("a pipe or a device is no document, and is not waited for", async () => {
  using home = new Home();
  await home.shell("mkfifo pipe");
  for (const file of ["pipe", "/dev/zero"]) {
    const ran = await home.run(["import", file]);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain("is no regular file");
  }
});

test("of several documents a bad one does not keep the others out, exit 4", async () => {
  using home = new Home();
  const good = write(home, "good.json", JSON.stringify(MINIMAL));
  const ran = await home.run(["import", write(home, "bad.json", "{}"), "absent.json", good]);
  expect(ran.exit).toBe(4);
  expect(ran.stdout).toStartWith("Stored ");
  expect(ran.stderr).toContain("bsv: warning: bad.json: ");
  expect(ran.stderr).toContain(
    'bsv: warning: absent.json: There is no file "absent.json" [not_found]\n',
  );
  expect(ran.stderr).toEndWith("3 documents: 1 stored, 0 already there, 2 refused\n");
});

test("a deleted snapshot does not come back by import, exit 5", async () => {
  using home = new Home();
  const ids = await sample(home);
  const { stdout } = await home.run(["export", ids[0]!]);
  await home.run(["delete", ids[0]!, "--yes"]);
  const ran = await home.run(["import", write(home, "a.json", stdout)]);
  expect(ran.exit).toBe(5);
  expect(ran.stderr).toContain("[gone]");
});

test("bsv import --dry-run judges and foretells, and leaves nothing, not even a store", async () => {
  using home = new Home();
  const good = write(home, "good.json", JSON.stringify(MINIMAL));
  const dry = await home.run(["import", good, "-n"]);
  expect(existsSync(join(home.folder, "bsv-home"))).toBe(false);
  expect(dry.exit).toBe(0);
  expect(dry.stdout).toStartWith("Would store ");
  await home.run(["import", good]);
  expect((await home.run(["import", good, "-n"])).stdout).toStartWith("Already there: ");
  const other = { ...MINIMAL, summary: { ...MINIMAL.summary, file_count: 1, total_size: 1024 } };
  const rival = { ...other, files: MINIMAL.files.slice(0, 1) };
  const ran = await home.run(["import", write(home, "rival.json", JSON.stringify(rival)), "-n"]);
  expect(ran.stderr).toContain("[conflict]");
  expect(ran.exit).toBe(4);
});
