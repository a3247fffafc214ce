import { expect, test } from "bun:test";
import { parseTimestamp, timestampFileName, timestampText } from "#core/timestamp.ts";

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
