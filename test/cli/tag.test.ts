// Words beside what was witnessed: tags of snapshots, descriptions of backupsets.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { binary, Home } from "./harness.ts";
import { sample } from "./sample-store.ts";

let home: Home;
let ids: string[];

beforeAll(async () => {
  home = new Home();
  ids = await sample(home);
});
afterAll(() => home[Symbol.dispose]());

const SET = "devbox-001/project-data";

test("bsv tag puts tags on and takes them off; snapshots and show tell them, the document does not", async () => {
  const before = await home.run(["export", ids[0]!]);
  const id = ids[0]!.slice(0, 8);
  expect(await home.run(["tag", id])).toMatchObject({
    exit: 0,
    stdout: `${id} of ${SET} has no tags\n`,
  });
  expect(await home.run(["tag", id, "+release", "+draft"])).toMatchObject({
    stdout: `${id} of ${SET} has the tags draft, release\n`,
  });
  expect(await home.run(["tag", id, "+v1", "-draft"])).toMatchObject({
    stdout: `${id} of ${SET} has the tags release, v1\n`,
  });
  expect((await home.run(["snapshots", SET])).stdout).toContain("+release, +v1\n");
  expect((await home.run(["show", id])).stdout).toMatch(/^tags +release, v1$/m);
  const listed = JSON.parse((await home.run(["snapshots", SET, "--json"])).stdout);
  expect(listed.map((row: { tags?: string[] }) => row.tags)).toEqual([
    undefined,
    undefined,
    ["release", "v1"],
  ]);
  expect(await home.run(["export", ids[0]!])).toEqual(before);
});

test("bsv tag --dry-run changes nothing; flags stay flags beside words with a dash", async () => {
  const ran = await home.run(["tag", ids[1]!, "+a", "-old", "-n", "--json"]);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    snapshot_id: ids[1]!,
    tags: ["a"],
    written: false,
  });
  expect(JSON.parse((await home.run(["show", ids[1]!, "--json"])).stdout).tags).toBeUndefined();
});

test("what is no tag is refused, exit 2, and no snapshot exit 5", async () => {
  for (const word of ["release", "+", "+a,b", "+a b", "+\u001b[31m", "-é"]) {
    expect((await home.run(["tag", ids[1]!, word])).exit).toBe(2);
  }
  expect((await home.run(["tag", ids[1]!, "+a", "-a"])).exit).toBe(2);
  expect((await home.run(["tag", "ffffffff", "+a"])).exit).toBe(5);
});

test("bsv describe says what a set is; bsv sets tells it, escaped (I12)", async () => {
  const text = "All \u001b[31mprojects";
  expect(await home.run(["describe", SET, text])).toMatchObject({
    exit: 0,
    stdout: `${SET} is described as: All \\x1b[31mprojects\n`,
  });
  expect((await home.run(["sets"])).stdout).toContain("All \\x1b[31mprojects\n");
  const dry = await home.run(["describe", SET, "Other", "--dry-run", "--json"]);
  expect(JSON.parse(dry.stdout)).toEqual({
    machine_id: "devbox-001",
    backupset_name: "project-data",
    description: "Other",
    written: false,
  });
  const sets = JSON.parse((await home.run(["sets", "devbox-001", "--json"])).stdout);
  expect(sets[1].description).toBe(text);
  expect((await home.run(["describe", "nobody", "x"])).exit).toBe(5);
  expect((await home.run(["describe", SET, "x".repeat(1001)])).exit).toBe(2);
});

test("bsv tag --remote tags what the server has, and not what is here", async () => {
  using elsewhere = new Home();
  const serving = Bun.spawn([binary, "serve", "--port", "0", "--insecure-no-auth", "--json"], {
    cwd: home.folder,
    env: home.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  try {
    const reader = serving.stdout.getReader();
    const { url } = JSON.parse(Buffer.from((await reader.read()).value!).toString());
    reader.releaseLock();
    const tag = (...words: string[]) =>
      elsewhere.run(["tag", "--remote", url, "devbox-001/photos@latest", ...words]);
    const name = `${ids[3]!.slice(0, 8)} of devbox-001/photos`;
    expect(await tag("+far", "+b")).toMatchObject({
      exit: 0,
      stdout: `${name} has the tags b, far\n`,
    });
    expect((await tag("--", "-b")).stdout).toBe(`${name} has the tags far\n`);
    expect((await tag()).stdout).toBe(`${name} has the tags far\n`);
    expect((await tag("+c", "-n")).stdout).toBe(`${name} would have the tags c, far\n`);
    const there = async (...line: string[]) =>
      (await elsewhere.run([...line, "--remote", url])).stdout;
    expect(await there("snapshots", "devbox-001/photos")).toContain("+far\n");
    expect(await there("show", "devbox-001/photos@latest")).toMatch(/^tags +far$/m);
    const listed = JSON.parse(await there("snapshots", "devbox-001/photos", "--json"));
    expect(listed[0].tags).toEqual(["far"]);
    expect((await elsewhere.run(["tag", "none/none@latest", "+a", "--remote", url])).exit).toBe(5);
  } finally {
    serving.kill("SIGKILL");
    await serving.exited;
  }
  expect((await home.run(["tag", ids[3]!])).stdout).toContain("has the tags far\n");
}, 60_000);
