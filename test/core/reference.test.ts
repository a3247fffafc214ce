import { expect, test } from "bun:test";
import { BsvError } from "#core/errors.ts";
import { parseReference } from "#core/reference.ts";

test("each form of a reference is understood", () => {
  const set = { machineId: undefined, setName: undefined };
  expect(parseReference("latest")).toEqual({ ...set, revision: { kind: "latest", back: 0 } });
  expect(parseReference("latest~3")).toEqual({ ...set, revision: { kind: "latest", back: 3 } });
  expect(parseReference("abcd")).toEqual({ ...set, revision: { kind: "id", prefix: "abcd" } });
  expect(parseReference("2026-11-01")).toEqual({
    ...set,
    revision: { kind: "date", atMs: Date.UTC(2026, 10, 2) - 1 },
  });
  expect(parseReference("nas/photos@latest")).toEqual({
    machineId: "nas",
    setName: "photos",
    revision: { kind: "latest", back: 0 },
  });
  expect(parseReference("photos@2026-11-01 10:00:00Z")).toEqual({
    machineId: undefined,
    setName: "photos",
    revision: { kind: "date", atMs: Date.UTC(2026, 10, 1, 10, 0, 0, 999) },
  });
});

test("anything else is refused with the forms there are", () => {
  for (const text of ["", "abc", "latest~", "2026-02-30", "a/b/c@latest", "../x@latest", "XYZW"]) {
    expect(() => parseReference(text)).toThrow(BsvError);
  }
});
