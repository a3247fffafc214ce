// bsv rollback as its users call it: the plan to read, the plan for programs, the deed, and what is refused.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { Home } from "./harness.ts";
import { sample } from "./sample-store.ts";
import { serveHome } from "./served-home.ts";

let home: Home;
beforeEach(() => {
  home = new Home({ BSV_MACHINE_ID: "laptop" });
});
afterEach(() => home[Symbol.dispose]());

async function transcript(line: string): Promise<string> {
  const { exit, stdout, stderr } = await home.shell(line);
  const told = [stdout, stderr === "" ? "" : `(stderr)\n${stderr}`].join("");
  const timeless = told
    .replaceAll(/\d+ (second|minute|hour|day|month|year)s? ago|just now/g, "AGO")
    .replaceAll(/^to {2}\w{8} of (\S+), \S+ \S+/gm, "to  ID of $1, TIME")
    .replaceAll(/, [\d.]+ \w+ free/g, ", SOME free")
    .replaceAll(home.folder, "HOME");
  return `$ ${line}\n${timeless}${exit === 0 ? "" : `(exit ${exit})\n`}`;
}

function write(name: string, content: string): void {
  writeFileSync(`${home.folder}/${name}`, content);
  utimesSync(`${home.folder}/${name}`, 1_700_000_000, 1_700_000_000);
}

/** A set with two snapshots, and a copy of the first. */
async function letters(): Promise<void> {
  mkdirSync(`${home.folder}/letters`);
  write("bsv.yaml", "backupsets: { letters: { paths: [letters] } }\n");
  for (const name of ["ann", "bob", "cleo", "do\u001b[31mra"])
    write(`letters/${name}`, `Dear ${name}`);
  expect((await home.run(["scan"])).exit).toBe(0);
  await home.shell("cp -a letters copy; rm copy/cleo");
  write("letters/ann", "overwritten");
  for (const name of ["bob", "cleo", "do\u001b[31mra"]) rmSync(`${home.folder}/letters/${name}`);
  write("letters/emil", "new");
  expect((await home.run(["scan"])).exit).toBe(0);
  write("letters/fay", "never scanned");
}

test("the plan is for reading: letters, sizes, names escaped, where content is, what is against it", async () => {
  await letters();
  expect(await transcript("bsv rollback letters --to latest~1 --from copy")).toMatchInlineSnapshot(`
    "$ bsv rollback letters --to latest~1 --from copy
    to  ID of laptop/letters, TIME (AGO): 4 files, 39 B

    M        8 B  HOME/letters/ann  (from HOME/copy/ann)
    +        8 B  HOME/letters/bob  (from HOME/copy/bob)
    +        9 B  HOME/letters/cleo  (nowhere to be had)
    +       14 B  HOME/letters/do\\x1b[31mra  (from HOME/copy/do\\x1b[31mra)
    -        3 B  HOME/letters/emil
    -!      13 B  HOME/letters/fay  (UNRECORDED: what stands there is in no snapshot)

    +  create     3  31 B
    M  overwrite  1   8 B
    -  delete     2  16 B
    content   3 in copies (30 B), 1 nowhere (9 B)
    conflict  1 changed since the last snapshot: \`bsv scan\` records what would be lost
    space     HOME/letters needs 39 B, SOME free
    "
  `);
  expect(await transcript("bsv rollback letters --to latest")).toMatchInlineSnapshot(`
    "$ bsv rollback letters --to latest
    to  ID of laptop/letters, TIME (AGO): 2 files, 14 B

    -!      13 B  HOME/letters/fay  (UNRECORDED: what stands there is in no snapshot)

    -  delete  1  13 B
    =  keep    2  14 B
    conflict  1 changed since the last snapshot: \`bsv scan\` records what would be lost
    "
  `);
});

test("--apply does what it can, tells what it could not, and ends with 3; what is missing can come later", async () => {
  await letters();
  expect(await transcript("bsv rollback letters --to latest~1 --from copy --apply --delete"))
    .toMatchInlineSnapshot(`
    "$ bsv rollback letters --to latest~1 --from copy --apply --delete
    to  ID of laptop/letters, TIME (AGO): 4 files, 39 B

    restored  3 files (30 B): 2 created, 1 overwritten
              1 deleted
              1 unavailable: no copy has their content
              1 refused
    (stderr)
    bsv: warning: HOME/letters/cleo: UNAVAILABLE: no copy has the content
    bsv: warning: HOME/letters/fay: UNRECORDED: what stands there is in no snapshot
    (exit 3)
    "
  `);
  expect(readdirSync(`${home.folder}/letters`).toSorted()).toEqual([
    "ann",
    "bob",
    "do\u001b[31mra",
    "fay",
  ]);
  mkdirSync(`${home.folder}/copy2`);
  write("copy2/cleo", "Dear cleo");
  rmSync(`${home.folder}/letters/fay`);
  expect(await transcript("bsv rollback letters --to latest~1 --from copy --from copy2 --apply"))
    .toMatchInlineSnapshot(`
    "$ bsv rollback letters --to latest~1 --from copy --from copy2 --apply
    to  ID of laptop/letters, TIME (AGO): 4 files, 39 B

    restored  1 file (9 B): 1 created, 0 overwritten
    "
  `);
  expect(readFileSync(`${home.folder}/letters/ann`, "utf8")).toBe("Dear ann");
});

test("--json is one step a line, names exact, the last line what it comes to", async () => {
  await letters();
  const { stdout } = await home.run(["rollback", "letters", "--to", "latest~1", "--json"]);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ type, action }) => action ?? type)).toEqual([
    "rollback",
    "overwrite",
    "create",
    "create",
    "create",
    "delete",
    "delete",
    "summary",
  ]);
  expect(lines[4].path).toBe(`${home.folder}/letters/do\u001b[31mra`);
  expect(lines.at(-1)).toMatchObject({
    applied: false,
    counts: { create: 3, overwrite: 1, delete: 2 },
    conflicts: { changed_since: 1 },
    sources: { nowhere: 4 },
    roots: [{ path: `${home.folder}/letters`, enough: true }],
  });
});

test("--dry-run never applies, and --delete alone is refused", async () => {
  await letters();
  const line = ["rollback", "letters", "--to", "latest~1", "--from", "copy"];
  expect((await home.run([...line, "--apply", "-n"])).exit).toBe(0);
  expect(readdirSync(`${home.folder}/letters`).toSorted()).toEqual(["ann", "emil", "fay"]);
  expect((await home.run([...line, "--delete"])).exit).toBe(2);
  for (const none of ["nowhere", "bsv.yaml", "bsv.yaml/below"]) {
    expect((await home.run(["rollback", "letters", "--to", "latest", "--from", none])).exit).toBe(
      5,
    );
  }
  expect((await home.run(["rollback", "letters", "--to", "other@latest"])).exit).toBe(2);
  expect((await home.run(["rollback", "letters", "--to", "latest~9"])).exit).toBe(5);
});

test("nothing is deleted where no backupset file tells what its rules leave out", async () => {
  mkdirSync(`${home.folder}/letters`);
  const config = 'backupsets: { letters: { paths: [letters], exclude: ["*.bak"] } }\n';
  write("bsv.yaml", config);
  for (const name of ["ann", "ann.bak"]) write(`letters/${name}`, "Dear ann");
  expect((await home.run(["scan"])).exit).toBe(0);
  const line = ["rollback", "letters", "--to", "latest", "--apply"];
  const paths = "backupsets: { photos: { paths: [letters] } }\n";
  for (const broken of [paths, "machine_id: laptop\n", `${config}  photos: [\n`]) {
    write("bsv.yaml", broken);
    const ran = await home.run([...line, "--delete"]);
    expect([broken, ran.exit, ran.stdout]).toEqual([broken, 2, ""]);
    expect(readdirSync(`${home.folder}/letters`).toSorted()).toEqual(["ann", "ann.bak"]);
  }
  write("bsv.yaml", paths);
  const plan = await home.run(["rollback", "letters", "--to", "latest"]);
  expect(plan.stderr).toContain("No backupset file tells the rules of letters");
  expect(await home.run(line)).toMatchObject({ exit: 0, stderr: "" });
  write("bsv.yaml", config);
  expect((await home.run([...line, "--delete"])).exit).toBe(0);
  expect(readdirSync(`${home.folder}/letters`).toSorted()).toEqual(["ann", "ann.bak"]);
});

test("I6: where a root is offline nothing is done with, even if the snapshot has nothing there", async () => {
  for (const name of ["letters", "usb"]) mkdirSync(`${home.folder}/${name}`);
  write("bsv.yaml", "backupsets: { letters: { paths: [letters, usb] } }\n");
  for (const name of ["letters/ann", "usb/bob"]) write(name, name);
  expect((await home.run(["scan"])).exit).toBe(0);
  rmSync(`${home.folder}/usb`, { recursive: true });
  expect((await home.run(["scan"])).exit).toBe(3);
  const line = ["rollback", "letters", "--to", "latest"];
  for (const more of [[], ["--apply"], ["--path", "usb"]]) {
    const ran = await home.run([...line, ...more]);
    expect([more, ran.exit]).toEqual([more, 3]);
    expect(ran.stderr).toContain(`${home.folder}/usb: ENOENT: not there`);
  }
  expect((await home.run([...line, "--path", "letters"])).exit).toBe(0);
});

test("of another machine the latest snapshot stands for its disk, and nothing can be applied", async () => {
  await sample(home);
  expect(await transcript("bsv rollback devbox-001/project-data --to latest~2"))
    .toMatchInlineSnapshot(`
    "$ bsv rollback devbox-001/project-data --to latest~2
    to  ID of devbox-001/project-data, TIME (AGO): 2 files, 4.77 MiB

    -        3 B  /data/\\x1b]0;owned\\x07\\xe2\\x80\\xaetxt.exe\\x0a\\xff\\\\
    -        0 B  /data/link
    U        0 B  /data/locked  (EACCES: permission denied)

    -  delete   2  3 B
    U  unknown  1  0 B
    disk      not looked at: the latest snapshot stands for it, and what stays as it is was not counted
    (exit 3)
    "
  `);
  const apply = ["rollback", "devbox-001/project-data", "--to", "latest~2", "--apply"];
  expect((await home.run(apply)).exit).toBe(2);
});

test("a plan that looked at no disk does not say that nothing stays: keep is null, not 0", async () => {
  await letters();
  const line = ["rollback", "letters", "--to", "latest~1", "--json"];
  const summary = async (...more: string[]) =>
    JSON.parse((await home.run([...line, ...more])).stdout.trimEnd().split("\n").at(-1)!);
  const server = await serveHome(home);
  for (const more of [["--recorded"], ["--remote", server.url]]) {
    expect(await summary(...more)).toMatchObject({ counts: { keep: null }, bytes: { keep: null } });
  }
  expect(await summary()).toMatchObject({ counts: { keep: expect.any(Number) } });
  const told = await home.run(["rollback", "letters", "--to", "latest~1", "--remote", server.url]);
  expect(told.stdout).toContain("\ndisk      not looked at: ");
  await server.stop(1000);
}, 60_000);

test("a plan of a part says that what it would delete may be needed outside of it, as --apply does", async () => {
  mkdirSync(`${home.folder}/tree/pics`, { recursive: true });
  mkdirSync(`${home.folder}/tree/docs`);
  write("bsv.yaml", "backupsets: { tree: { paths: [tree] } }\n");
  write("tree/pics/x", "a picture");
  write("tree/docs/a", "a letter");
  await home.run(["scan"]);
  await home.shell("mv tree/pics/x tree/docs/x && echo y > tree/docs/y");
  await home.run(["scan"]);
  const plan = ["rollback", "tree", "--to", "latest~1"];
  const part = await home.run([...plan, "--path", "tree/docs"]);
  expect(part.stdout).toMatch(
    /^needed +1 content wanted outside of --path and not in place there/m,
  );
  const whole = await home.run(plan);
  expect(whole.stdout).not.toContain("needed ");
  const facts = await home.run([...plan, "--path", "tree/docs", "--json"]);
  expect(JSON.parse(facts.stdout.trim().split("\n").at(-1)!)).toMatchObject({ wanted_outside: 1 });
  const done = await home.run([...plan, "--path", "tree/docs", "--apply", "--delete"]);
  expect(done.exit).toBe(3);
  expect(readdirSync(`${home.folder}/tree/docs`).toSorted()).toEqual(["a", "x"]);
});
