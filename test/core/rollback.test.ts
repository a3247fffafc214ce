// What a rollback judges of one path, and which names collide.
import { expect, test } from "bun:test";
import type { Entry } from "#core/entry.ts";
import { NameCollisions } from "#core/proof/name-collisions.ts";
import { keyOfPath } from "#core/order.ts";
import { judgeRollback, type RollbackFacts } from "#core/rollback.ts";
import { file } from "#test/db/sample.ts";

const judge = (facts: Partial<RollbackFacts>): string => {
  const { action, conflict } = judgeRollback({
    target: null,
    present: null,
    isRecorded: true,
    whyUnseenThen: undefined,
    whyUnseenNow: undefined,
    ...facts,
  });
  return conflict === null ? action : `${action} (${conflict})`;
};

const a = file("/a", 5);
const link = (target: string): Entry => ({ ...a, type: "symlink", target, checksum: null });
const broken: Entry = { ...a, checksum: null, error: "EIO: input/output error" };

test("the same content is kept, or given back its time; another is overwritten", () => {
  expect(judge({ target: a, present: a })).toBe("keep");
  expect(judge({ target: a, present: { ...a, inode: 99 } })).toBe("keep");
  expect(judge({ target: a, present: { ...a, mtimeUs: 1 } })).toBe("touch");
  expect(judge({ target: a, present: { ...file("/a", 6), sizeBytes: 5 } })).toBe("overwrite");
  expect(judge({ target: link("x"), present: link("x") })).toBe("keep");
  expect(judge({ target: link("x"), present: link("y") })).toBe("overwrite");
  expect(judge({ target: a, present: link("y") })).toBe("overwrite");
  expect(judge({ target: a })).toBe("create");
  expect(judge({ present: a })).toBe("delete");
});

test("what was never recorded is neither overwritten nor deleted", () => {
  const isRecorded = false;
  expect(judge({ present: a, isRecorded })).toBe("delete (changed_since)");
  expect(judge({ target: a, present: file("/a", 6), isRecorded })).toBe(
    "overwrite (changed_since)",
  );
  expect(judge({ target: a, present: a, isRecorded })).toBe("keep");
});

test("I6: what either side could not see is unknown, whatever stands on the other", () => {
  expect(judge({ target: broken, present: a })).toBe("unknown");
  expect(judge({ target: a, present: broken })).toBe("unknown");
  expect(judge({ present: broken })).toBe("unknown");
  expect(judge({ present: a, whyUnseenThen: "ROOT_OFFLINE: x" })).toBe("unknown");
  expect(judge({ target: a, whyUnseenNow: "ROOT_OFFLINE: x" })).toBe("unknown");
});

test("a checksum that is none, or of another kind, proves nothing", () => {
  const md5 = { ...a, checksum: "0".repeat(32) };
  expect(judge({ target: { ...a, checksum: null }, present: a })).toBe("unknown");
  expect(judge({ target: md5, present: a })).toBe("unknown");
  expect(judge({ target: md5 })).toBe("create (unverifiable)");
  expect(judge({ target: md5, present: file("/a", 6) })).toBe("overwrite (unverifiable)");
});

test("names that differ in case or form collide, as files and as folders, with all below them", () => {
  const collisions = new NameCollisions();
  const meet = (path: string) => collisions.meet(keyOfPath(path, false));
  expect(meet("/r/A")).toBeNull();
  expect(meet("/r/a")).toBe("/r/A");
  expect(meet("/r/e\u0301")).toBeNull();
  expect(meet("/r/é")).toBe("/r/e\u0301");
  expect(meet("/r/Docs/x")).toBeNull();
  expect(meet("/r/Docs/y/z")).toBeNull();
  expect(meet("/r/a/deep/er")).toBe("/r/A");
  expect(meet("/r/docs/other")).toBe("/r/Docs");
  expect(meet("/s/A")).toBeNull();
  expect(meet("/s/\udcff")).toBeNull();
});
