import { expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { lockSet } from "#db/lock.ts";
import { DocumentFolder } from "#disk/documents.ts";
import { Home } from "./harness.ts";
import { dataDirOf, sample } from "./sample-store.ts";
import { onTerminal } from "./terminal.ts";

const SET = "devbox-001/project-data";

async function idsOf(home: Home): Promise<string[]> {
  const { stdout } = await home.run(["snapshots", SET, "--json", "--reverse"]);
  return JSON.parse(stdout).map((row: { snapshot_id: string }) => row.snapshot_id);
}

test("bsv delete --yes: the snapshot and its document go, the others stay byte for byte", async () => {
  using home = new Home();
  const [first, second, third] = await sample(home);
  const others = async () => [
    (await home.run(["export", first!])).stdout,
    (await home.run(["export", third!])).stdout,
  ];
  const before = await others();
  const documents = new DocumentFolder(dataDirOf(home), "devbox-001", "project-data");
  const document = documents.fileAt(Date.parse("2026-11-02T10:00:00.000Z"));
  mkdirSync(dirname(document), { recursive: true });
  writeFileSync(document, "{}");

  const ran = await home.run(["delete", second!.slice(0, 8), "--yes"]);
  expect(ran).toMatchObject({ exit: 0, stderr: "" });
  expect(ran.stdout).toStartWith(
    `Deleted ${second!.slice(0, 8)} of ${SET}, 2026-11-02 10:00:00Z (`,
  );
  expect(ran.stdout).toEndWith("): 3 files, 4.77 MiB\n");
  expect(await idsOf(home)).toEqual([first!, third!]);
  expect(existsSync(document)).toBe(false);
  expect(await others()).toEqual(before);
  expect((await home.run(["show", second!])).exit).toBe(5);
});

test("bsv delete --dry-run says what would be gone, and changes nothing", async () => {
  using home = new Home();
  const ids = await sample(home);
  const ran = await home.run(["delete", `${SET}@latest`, "-n"]);
  expect(ran.stdout).toStartWith(`Would delete ${ids[2]!.slice(0, 8)} of ${SET}`);
  expect(await idsOf(home)).toEqual(ids.slice(0, 3));
});

test("off a terminal bsv delete insists on --yes, exit 2", async () => {
  using home = new Home();
  const ids = await sample(home);
  const ran = await home.run(["delete", ids[0]!], { stdin: "y\n" });
  expect(ran.exit).toBe(2);
  expect(ran.stderr).toEndWith(
    "bsv: error: Nobody can be asked: Delete 1 snapshot for good? [usage]\nbsv: hint: Say --yes if this is meant\n",
  );
  expect(await idsOf(home)).toEqual(ids.slice(0, 3));
});

test("one wrong reference among several deletes none", async () => {
  using home = new Home();
  const ids = await sample(home);
  expect((await home.run(["delete", ids[0]!, "ffffffff", "--yes"])).exit).toBe(5);
  expect(await idsOf(home)).toEqual(ids.slice(0, 3));
});

test("bsv delete --json tells the tombstones", async () => {
  using home = new Home();
  const ids = await sample(home);
  const ran = await home.run([
    "delete",
    ids[0]!,
    ids[1]!,
    ids[0]!,
    "-y",
    "--json",
    "--why",
    "GDPR",
  ]);
  const answer = JSON.parse(ran.stdout);
  expect(answer).toHaveLength(2);
  expect(answer[0]).toMatchObject({
    snapshot_id: ids[0]!,
    timestamp: "2026-11-01T10:00:00.000Z",
    deleted: true,
    why: "GDPR",
  });
});

test("while a scan holds the set nothing of it is deleted, exit 8", async () => {
  using home = new Home();
  const ids = await sample(home);
  const lock = await lockSet(dataDirOf(home), { machineId: "devbox-001", setName: "project-data" });
  const ran = await home.run(["delete", ids[0]!, "--yes"]);
  expect(ran.exit).toBe(8);
  expect(ran.stderr).toContain(`${process.pid}`);
  lock.release();
  expect((await home.run(["delete", ids[0]!, "--yes"])).exit).toBe(0);
});

test.skipIf(process.platform !== "linux").each([
  ["y\r", "Deleted ", 0, 2],
  ["\r", "Nothing was deleted", 0, 3],
  ["\u0003", "Interrupted", 130, 3],
])("on a terminal bsv delete asks; %j: %s", async (text, said, exit, left) => {
  using home = new Home();
  const ids = await sample(home);
  const ran = await onTerminal(home, ["delete", ids[0]!], [{ after: "for good?", text }]);
  expect(ran.shown).toContain("2 files, 4.77 MiB\nDelete 1 snapshot for good? [no]: ");
  expect(ran.shown).toContain(said);
  expect(ran.exit).toBe(exit);
  expect((await idsOf(home)).length).toBe(left);
});
