// I5 end to end: names as bytes on a disk, and the same bytes at every stop of their way to a server and back.
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathBytes } from "#core/path-bytes.ts";
import { startServer } from "#test/sync/server.ts";
import { Machine, SET } from "./machine.ts";
import { randomNames } from "./names.ts";

const NAMES = 10_000;

const machines: Machine[] = [];
afterAll(() => {
  for (const machine of machines) machine[Symbol.dispose]();
});

function newMachine(): Machine {
  const machine = new Machine();
  machines.push(machine);
  return machine;
}

interface Document {
  files: { path: string; target?: string; error: string | null }[];
}

/** Paths (and targets) as bytes, in hex, sorted: what may not change. */
function bytesOf(text: string): { paths: string[]; targets: string[] } {
  const { files } = JSON.parse(text) as Document;
  const hex = (path: string) => pathBytes(path).toString("hex");
  return {
    paths: files.map((file) => hex(file.path)).sort(),
    targets: files.flatMap((file) => (file.target === undefined ? [] : [hex(file.target)])).sort(),
  };
}

test(`I5: ${NAMES} random byte names are the same on disk, in the document, at the server, and pulled back`, async () => {
  const machine = newMachine();
  const names = randomNames(NAMES, 20_261_122);
  const root = Buffer.from(`${machine.tree}/`);
  const at = (name: Buffer) => Buffer.concat([root, name]);
  const targets: Buffer[] = [];
  for (const [i, name] of names.entries()) {
    if (i % 10 === 0) {
      targets.push(names[(i + 1) % NAMES]!);
      symlinkSync(targets.at(-1)!, at(name));
    } else if (i % 10 === 1) {
      // A folder of that name, for names on the way to a file.
      mkdirSync(at(name));
      writeFileSync(Buffer.concat([at(name), Buffer.from("/inside")]), "x");
    } else {
      writeFileSync(at(name), "x");
    }
  }
  const paths = names.map((name, i) =>
    i % 10 === 1 ? Buffer.concat([at(name), Buffer.from("/inside")]) : at(name),
  );
  const hex = (bytes: Buffer) => bytes.toString("hex");
  const truth = { paths: paths.map(hex).sort(), targets: targets.map(hex).sort() };

  expect((await machine.run("scan")).exit).toBe(0);
  const folder = join(machine.dataDir, "Snapshots", SET.machineId, SET.setName);
  const document = readFileSync(join(folder, readdirSync(folder)[0]!), "utf8");
  expect(bytesOf(document)).toEqual(truth);

  const server = await startServer();
  expect((await machine.run("push", "--remote", server.url)).exit).toBe(0);
  const latest = `${server.url}/machines/${SET.machineId}/backupsets/${SET.setName}/latest`;
  expect(await (await fetch(latest)).text()).toBe(document);

  const other = newMachine();
  expect((await other.run("pull", SET.setName, "--remote", server.url)).exit).toBe(0);
  const exported = other.start("export", "latest");
  expect(await exported.stdout.text()).toBe(document);
}, 120_000);
