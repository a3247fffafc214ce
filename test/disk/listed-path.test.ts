// One path for what stands at many.
import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListedPaths } from "#disk/listed-path.ts";
import { hasExfat, mountExfat } from "#test/exfat.ts";

const home = realpathSync(mkdtempSync(join(tmpdir(), "bsv-listed-")));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("links are resolved, names are as they are listed, and what is not there has none", () => {
  mkdirSync(`${home}/a/B`, { recursive: true });
  writeFileSync(`${home}/a/B/fé`, "");
  symlinkSync("a/B", `${home}/link`);
  const paths = new ListedPaths();
  expect(paths.of(`${home}/link/../B/./fé`)).toBe(`${home}/a/B/fé`);
  expect(paths.of(`${home}/link`)).toBe(`${home}/a/B`);
  expect(paths.of("/")).toBe("/");
  expect(paths.of(`${home}/none`)).toBeUndefined();
  chmodSync(`${home}/a`, 0o300); // may be entered, not listed
  expect(new ListedPaths().of(`${home}/a/B`)).toBe(`${home}/a/B`);
  chmodSync(`${home}/a`, 0o700);
});

test.skipIf(!hasExfat)("on exFAT every spelling of a path is the one that is listed", () => {
  using _ = mountExfat(`${home}/image`, `${home}/drive`);
  mkdirSync(`${home}/drive/Photos/Été`, { recursive: true });
  writeFileSync(`${home}/drive/Photos/Été/A.jpg`, "");
  const paths = new ListedPaths();
  const listed = `${home}/drive/Photos/Été/A.jpg`;
  for (const path of ["Photos/Été/A.jpg", "PHOTOS/Été/a.JPG", "photos/été/A.JPG"]) {
    expect(paths.of(`${home}/drive/${path}`)).toBe(listed);
  }
});
