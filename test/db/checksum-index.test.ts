// The index by checksum is dropped and built anew while a large snapshot comes in: nobody must ever miss it.
import { expect, test } from "bun:test";
import type { Entry } from "#core/entry.ts";
import { findChecksum } from "#db/history.ts";
import { newScope } from "./fixture.ts";
import { file, record, SET } from "./sample.ts";

const T = 1_732_000_000_000;
const FILES = 12_000;

const filesOf = (salt: number): Entry[] =>
  Array.from({ length: FILES }, (_, i) =>
    file(`/a/${String(i).padStart(6, "0")}`, salt * FILES + i),
  );

function definitionIn({ store }: Awaited<ReturnType<typeof newScope>>): string {
  const sql = "SELECT sql FROM sqlite_schema WHERE name = 'versions_by_checksum'";
  return store.database.query<{ sql: string }, []>(sql).get()!.sql;
}

function check({ store }: Awaited<ReturnType<typeof newScope>>): unknown {
  return store.database.query("PRAGMA integrity_check").values();
}

test("the index by checksum is whole, and as it was defined, after snapshots larger than all before", async () => {
  const scope = await newScope();
  const defined = definitionIn(scope);
  for (const [index, salt] of [0, 1, 2].entries()) {
    await record(scope, T + index, filesOf(salt));
    expect(definitionIn(scope)).toBe(defined);
    expect(check(scope)).toEqual([["ok"]]);
  }
  const { checksum } = filesOf(1)[7]!;
  const { rows } = await findChecksum(scope, checksum!, { set: SET }, { limit: 10 });
  expect(rows).toHaveLength(1);
});

test("I2: a large snapshot that is refused at the end leaves the index by checksum as it was", async () => {
  const scope = await newScope();
  await record(scope, T, filesOf(0));
  const defined = definitionIn(scope);
  const refuse = () => {
    throw new Error("refused");
  };
  expect(record(scope, T + 1, filesOf(1), { seal: refuse })).rejects.toThrow("refused");
  expect(definitionIn(scope)).toBe(defined);
  expect(check(scope)).toEqual([["ok"]]);
  await record(scope, T + 1, filesOf(1));
  expect(check(scope)).toEqual([["ok"]]);
});
