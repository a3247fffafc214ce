// The golden documents of docs/format.md against our own reader: the good ones are stored and reproduced to the byte, from the
// bad ones nothing is stored, and the reason is the one that stands beside them.
import { expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "#core/config/limits.ts";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { BsvError } from "#core/errors.ts";
import { NOBODY } from "#core/run.ts";
import { listMachines } from "#db/backupsets.ts";
import { everything, type Scope } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { documentText } from "#jobs/document-text.ts";
import { ingest } from "#jobs/ingest/ingest.ts";

const golden = join(import.meta.dir, "golden");
const namesOf = (kind: string) =>
  readdirSync(join(golden, kind))
    .filter((name) => name !== "reasons.json")
    .map((name) => basename(name, ".json"));
const reasons = JSON.parse(readFileSync(join(golden, "bad/reasons.json"), "utf8")) as Record<
  string,
  { reader: string }
>;

const NOW_MS = Date.parse("2026-11-22T12:00:00Z");
const run = { signal: new AbortController().signal, monitor: NOBODY, now: () => NOW_MS };

const withStore = async (
  act: (scope: Scope, read: (file: string) => ReturnType<typeof ingest>) => Promise<void>,
) => {
  const folder = mkdtempSync(join(tmpdir(), "bsv-golden-"));
  const scope = everything(await openStore(join(folder, "bsv.db")));
  const common = {
    form: "json",
    encoding: "identity",
    receivedAtMs: NOW_MS,
    workFolder: folder,
    limits: DEFAULT_LIMITS,
  } as const;
  try {
    await act(scope, (file) => ingest(scope, { parts: [file], ...common }, run));
  } finally {
    await scope.store.close();
    rmSync(folder, { recursive: true });
  }
};

for (const name of namesOf("good")) {
  test(`I5, I15: the golden document ${name} is read, and reproduced to the byte`, () =>
    withStore(async (scope, read) => {
      const file = join(golden, "good", `${name}.json`);
      const { status, row } = await read(file);
      const text = readFileSync(file, "utf8");
      expect(status).toBe("stored");
      expect(row.snapshotId).toBe(JSON.parse(text).snapshot_id);
      let written = "";
      for await (const piece of documentText(scope, row)) written += piece;
      expect(written).toBe(text);
    }));
}

for (const name of namesOf("bad")) {
  test(`I2: the golden document ${name} is refused for its own reason, and nothing is stored`, () =>
    withStore(async (scope, read) => {
      const refusal = await read(join(golden, "bad", `${name}.json`)).catch(
        (error: unknown) => error,
      );
      expect(refusal).toBeInstanceOf(BsvError);
      expect((refusal as BsvError).message).toContain(reasons[name]!.reader);
      expect((await listMachines(scope, { limit: 10 })).rows).toEqual([]);
    }));
}

test("every bad document has its reason, and every reason its document", () => {
  expect(namesOf("bad").sort()).toEqual(Object.keys(reasons).sort());
});
