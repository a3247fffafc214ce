// A list so long that it is hashed in a thread of its own: in the binary's first thread, and in its server's writer, a thread that
// starts a thread.
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Home } from "./harness.ts";
import { serveProcess } from "./serve-process.ts";

const COUNT = 52_000;

test("I3: a scan, an import, a push and an upload of a long list give the same document, byte for byte", async () => {
  using home = new Home();
  const made = await home.shell(
    `mkdir tree; cd tree; for i in {1..520}; do mkdir $i; done; seq ${COUNT} | awk '{print ($1 % 520 + 1) "/" $1}' | xargs touch`,
  );
  expect(made).toMatchObject({ exit: 0, stderr: "" });
  writeFileSync(
    join(home.folder, "bsv.yaml"),
    "machine_id: m\nbackupsets: { s: { paths: [tree] } }\n",
  );
  const scanned = await home.run(["scan", "-q"]);
  expect(scanned.exit).toBe(0);
  const folder = join(home.folder, "bsv-home/data/Snapshots/m/s");
  const document = readFileSync(join(folder, readdirSync(folder)[0]!), "utf8");
  expect((JSON.parse(document) as { files: unknown[] }).files).toHaveLength(COUNT);
  const { stdout } = await home.run(["export", "s@latest"]);
  expect(stdout === document).toBe(true);

  using other = new Home();
  writeFileSync(join(other.folder, "long.json"), document);
  expect((await other.run(["import", "long.json"])).exit).toBe(0);
  const imported = await other.run(["export", "m/s@latest"]);
  expect(imported.stdout === document).toBe(true);

  await using pushed = await serveProcess([]);
  expect((await home.run(["push", "-q", "--remote", pushed.url])).exit).toBe(0);
  await using sent = await serveProcess([]);
  const answer = await fetch(`${sent.url}/machines/m/backupsets/s`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: document,
  });
  expect(answer.status).toBe(201);
  for (const { url } of [pushed, sent]) {
    const latest = await fetch(`${url}/machines/m/backupsets/s/latest`);
    expect((await latest.text()) === document).toBe(true);
  }
});
