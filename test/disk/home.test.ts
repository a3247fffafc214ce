import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHome, makePrivateDir } from "#disk/home.ts";

test("the XDG folders are used, on macOS too", () => {
  for (const platform of ["linux", "darwin"] as const) {
    expect(findHome({ HOME: "/home/me" }, platform)).toEqual({
      userDir: "/home/me",
      configDir: "/home/me/.config/bsv",
      dataDir: "/home/me/.local/share/bsv",
      isOverridden: false,
    });
  }
  const home = findHome({ HOME: "/h", XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d" }, "linux");
  expect([home.configDir, home.dataDir]).toEqual(["/c/bsv", "/d/bsv"]);
});

test("a relative XDG folder is ignored, as its specification demands", () => {
  expect(findHome({ HOME: "/h", XDG_DATA_HOME: "data" }, "linux").dataDir).toBe(
    "/h/.local/share/bsv",
  );
});

test("BSV_HOME overrides them all", () => {
  const env = { HOME: "/h", XDG_DATA_HOME: "/d", LOCALAPPDATA: "/l", BSV_HOME: "/elsewhere" };
  for (const platform of ["linux", "darwin", "win32"] as const) {
    expect(findHome({ ...env, USERPROFILE: "/h" }, platform)).toEqual({
      userDir: "/h",
      configDir: "/elsewhere",
      dataDir: "/elsewhere/data",
      isOverridden: true,
    });
  }
});

test("without any home folder the user is told what to set", () => {
  expect(() => findHome({ HOME: "not/absolute" }, "linux")).toThrow("There is no home folder");
});

test("folders bsv makes are for its user alone", () => {
  const dir = mkdtempSync(join(tmpdir(), "bsv-home-"));
  try {
    makePrivateDir(join(dir, "a/b"));
    expect(statSync(join(dir, "a")).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, "a/b")).mode & 0o777).toBe(0o700);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
