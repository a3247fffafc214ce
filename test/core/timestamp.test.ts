import { expect, test } from "bun:test";
import { parseMoment, parseTimestamp, timestampFileName, timestampText } from "#core/timestamp.ts";

test("every spelling of one moment is read as that moment", () => {
  const moment = Date.UTC(2025, 5, 23, 10, 33, 21, 123);
  for (const text of [
    "2025-06-23T10:33:21.123Z",
    "2025-06-23T10:33:21.123",
    "2025-06-23 10:33:21.123999",
    "2025-06-23T12:33:21.123+02:00",
    "2025-06-23T05:03:21.123-0530",
  ]) {
    expect(parseTimestamp(text)).toBe(moment);
  }
  expect(timestampText(moment)).toBe("2025-06-23T10:33:21.123Z");
  expect(timestampFileName(moment)).toBe("2025-06-23T10-33-21.123Z");
});

test("what is no moment is refused", () => {
  for (const text of [
    "",
    "yesterday",
    "2025-06-23",
    "2025-02-30T00:00:00Z",
    "2025-13-01T00:00:00Z",
    "2025-06-23T24:00:00Z",
    "2025-06-23T23:59:60Z",
    "1969-12-31T23:59:59Z",
    "2025-06-23T10:33:21+99:99",
  ]) {
    expect(parseTimestamp(text)).toBeUndefined();
  }
});

test("a day and a second last, so that a time copied from a list means the snapshot it was told of (I14)", () => {
  const shown = "2025-06-23 10:33:21Z"; // of a snapshot at 10:33:21.123
  expect(parseMoment(shown, "start")).toBe(Date.UTC(2025, 5, 23, 10, 33, 21));
  expect(parseMoment(shown, "end")).toBe(Date.UTC(2025, 5, 23, 10, 33, 21, 999));
  expect(parseMoment("2025-06-23T12:33:21.1+02:00", "end")).toBe(
    Date.UTC(2025, 5, 23, 10, 33, 21, 100),
  );
  expect(parseMoment("2025-06-23", "start")).toBe(Date.UTC(2025, 5, 23));
  expect(parseMoment("2025-06-23", "end")).toBe(Date.UTC(2025, 5, 24) - 1);
  expect(parseMoment("2025-02-30", "end")).toBeUndefined();
});
