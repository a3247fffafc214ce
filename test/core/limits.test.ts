// Limits as people write them.
import { expect, test } from "bun:test";
import {
  DEFAULT_LIMITS,
  LIMIT_KEYS,
  limitOf,
  LIMITS,
  limitSchema,
  limitText,
} from "#core/config/limits.ts";

test("every default is written as it would be read, and is allowed", () => {
  for (const key of LIMIT_KEYS) {
    const text = limitText(LIMITS[key].kind, DEFAULT_LIMITS[key]);
    expect([key, limitOf(key, text)]).toEqual([key, DEFAULT_LIMITS[key]]);
    expect(limitSchema(key).safeParse(text).success).toBe(true);
  }
});

test("sizes are powers of 1024, bare times are seconds, and nonsense is nothing", () => {
  expect(limitOf("body_size", "2K")).toBe(2048);
  expect(limitOf("body_size", "2kb")).toBe(2048);
  expect(limitOf("body_size", "2KiB")).toBe(2048);
  expect(limitOf("body_size", 2048)).toBe(2048);
  expect(limitOf("body_time", 90)).toBe(90_000);
  expect(limitOf("body_time", "1h")).toBe(3_600_000);
  expect(limitOf("body_time", "500ms")).toBe(500);
  expect(limitOf("requests", "none")).toBe(Infinity);
  for (const nonsense of ["", "-1", "1.5", "1 K", "K", "1e9", "none", "99999999999999T"]) {
    expect([nonsense, limitSchema("body_size").safeParse(nonsense).success]).toEqual([
      nonsense,
      false,
    ]);
  }
  expect(limitSchema("body_size").safeParse(-5).success).toBe(false);
});
