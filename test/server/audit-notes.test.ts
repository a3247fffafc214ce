// What is noted in the audit log by the way: a flood is counted, and hides nothing else.
import { expect, test } from "bun:test";
import { BsvError } from "#core/errors.ts";
import type { AuditEvent } from "#db/access/audit.ts";
import { AuditNotes } from "#server/access/audit-notes.ts";
import type { Pen } from "#server/house.ts";

/** A writer that refuses the first `refusals` orders as its full line does. */
function penOf(refusals = 0): { pen: Pen; written: AuditEvent[] } {
  const written: AuditEvent[] = [];
  let left = refusals;
  const pen = {
    isReady: true,
    waiting: 0,
    async do(_name: string, { events }: { events: readonly AuditEvent[] }) {
      if (left-- > 0) throw new BsvError("store_busy", "Too many wait");
      written.push(...events);
    },
  };
  return { pen: pen as unknown as Pen, written };
}

const event = (actor: string, what: string, atMs = 0): AuditEvent => ({
  actor,
  what,
  result: "ok",
  atMs,
});
const silent = (line: object): void => {
  throw new Error(JSON.stringify(line));
};

test("a flood of one thing is counted, and hides neither others nor other things", async () => {
  const { pen, written } = penOf();
  const notes = new AuditNotes(pen, silent);
  for (let nr = 0; nr < 1000; nr++) notes.note(event("nobody", "sign-in"));
  for (let nr = 0; nr < 1000; nr++) notes.note(event(`eve/${nr}`, "token"));
  notes.note(event("eve/1", "snapshot.refuse"));
  notes.note(event("bob/2", "token"));
  notes.note(event("bob/2", "token", 60_000));
  await Bun.sleep(10);
  const seen = written.map(({ actor, what, target }) => `${actor.split("/")[0]} ${what} ${target}`);
  expect(seen.filter((text) => text.startsWith("nobody sign-in"))).toHaveLength(120);
  expect(seen.filter((text) => text.startsWith("eve token"))).toHaveLength(120);
  expect(seen.slice(240)).toEqual([
    "eve snapshot.refuse undefined",
    "bob token undefined",
    "server audit.left-out 880 of one minute: sign-in by nobody",
    "server audit.left-out 880 of one minute: token by eve",
    "bob token undefined",
  ]);
});

test("what is noted while the writer's line is full is written when it no more is", async () => {
  const { pen, written } = penOf(2);
  const notes = new AuditNotes(pen, silent);
  notes.note(event("bob/1", "snapshot.refuse"));
  notes.note(event("bob/2", "snapshot.refuse"));
  await Bun.sleep(500);
  expect(written.map(({ actor }) => actor)).toEqual(["bob/1", "bob/2"]);
});
