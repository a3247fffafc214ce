import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseGlob } from "#core/glob.ts";

const cases: [pattern: string, path: string, matches: boolean][] = [
  ["/home/u/a.txt", "/home/u/a.txt", true],
  ["/home/u/*.txt", "/home/u/a.txt", true],
  ["/home/u/*.txt", "/home/u/.txt", true],
  ["/home/*.txt", "/home/u/a.txt", false],
  ["/home/**", "/home/u/a.txt", true],
  ["/home/**/a.txt", "/home/a.txt", true],
  ["/home/**/a.txt", "/home/u/v/a.txt", true],
  ["/home/**/a.txt", "/home/u/ba.txt", false],
  ["**/a.txt", "a.txt", true],
  ["**.txt", "/home/u/a.txt", true],
  ["/a/?.c", "/a/\u{1f600}.c", true],
  ["/a/?.c", "/a//.c", false],
  ["/a/\\*", "/a/*", true],
  ["/a/\\*", "/a/b", false],
  ["/caf\udce9/*", "/caf\udce9/x", true],
  ["*", "", true],
  ["/a*b*c", "/aXbYc", true],
  ["/a*b*c", "/aXbYcZ", false],
];
for (const [pattern, path, matches] of cases) {
  test(`${JSON.stringify(pattern)} ${matches ? "takes" : "leaves"} ${JSON.stringify(path)}`, () => {
    expect(parseGlob(pattern).matches(path)).toBe(matches);
  });
}

/** What a pattern means, said by trying everything: slow on hostile ones, plain to read. */
function means(pattern: string, path: string, startsFolder = true): boolean {
  if (pattern === "") return path === "";
  const stars = /^\*+/.exec(pattern)?.[0].length ?? 0;
  const rest = pattern.slice(stars);
  if (stars > 1 && startsFolder && rest.startsWith("/")) {
    const folders = [0, ...path.matchAll(/\//g).map((slash) => slash.index + 1)];
    return folders.some((end) => means(rest.slice(1), path.slice(end), true));
  }
  if (stars > 0) {
    const longest = stars > 1 ? path.length : (path + "/").indexOf("/");
    for (let end = 0; end <= longest; end++) {
      if (means(rest, path.slice(end), false)) return true;
    }
    return false;
  }
  const isTaken = pattern[0] === "?" ? path !== "" && path[0] !== "/" : path[0] === pattern[0];
  return isTaken && means(pattern.slice(1), path.slice(1), pattern[0] === "/");
}

test("a pattern means what trying every reading of it means", () => {
  const pattern = fc
    .array(fc.constantFrom("a", "b", "/", "*", "**", "**/", "/**/", "?"), {
      minLength: 1,
      maxLength: 7,
    })
    .map((parts) => parts.join(""));
  const path = fc.array(fc.constantFrom("a", "b", "/", "."), { maxLength: 8 });
  fc.assert(
    fc.property(pattern, path, (pattern, parts) => {
      const path = parts.join("");
      expect([pattern, path, parseGlob(pattern).matches(path)]).toEqual([
        pattern,
        path,
        means(pattern, path),
      ]);
    }),
    { numRuns: 20_000 },
  );
});

test("I11: a hostile pattern ends in bounded time, and a longer one is refused", () => {
  const path = "a".repeat(4096);
  const startedAt = performance.now();
  expect(parseGlob("*a**".repeat(16)).matches(`${path}b/ca`)).toBe(true);
  expect(parseGlob(`${"*a".repeat(32)}c`).matches(path)).toBe(false);
  expect(parseGlob(`${"**/".repeat(32)}c`).matches("/".repeat(4096))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(1000);
  for (const pattern of ["", "a".repeat(1025), "*a".repeat(33)]) {
    expect(() => parseGlob(pattern)).toThrow("1 to 1024 characters, at most 32");
  }
});
