// A scratch folder goes with all that is in it, and with nothing that only seems to be in it.
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountsIn, removeTree } from "#disk/remove-tree.ts";
import { canMount } from "#test/jobs/scan-trial.ts";

let home: string;
let scratch: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "bsv-remove-"));
  scratch = join(home, "scratch");
  mkdirSync(join(scratch, "DIR"), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("all goes: read-only folders, a thousand levels, paths that are too long, names that are no text; what links lead to stays", () => {
  mkdirSync(join(home, "theirs"));
  writeFileSync(join(home, "theirs/file"), "kept");
  symlinkSync(join(home, "theirs"), join(scratch, "DIR/link"));
  mkdirSync(join(scratch, Array.from({ length: 1000 }, () => "d").join("/")), { recursive: true });
  // Beyond what a path may be long: so one can only get there step by step.
  const dig = `n=$(printf '%0200d' 0); for i in $(seq 40); do mkdir $n && cd -P ./$n || exit; done`;
  expect(Bun.spawnSync(["bash", "-c", dig], { cwd: join(scratch, "DIR") }).success).toBe(true);
  mkdirSync(Buffer.from(`${scratch}/DIR/\xff\xfe`, "latin1"));
  writeFileSync(Buffer.from(`${scratch}/DIR/\xff\xfe/\xfd`, "latin1"), "x");
  mkdirSync(join(scratch, "DIR/ro/inner"), { recursive: true });
  for (const name of ["DIR/ro/inner", "DIR/ro"]) chmodSync(join(scratch, name), 0o500);
  removeTree(scratch);
  expect(existsSync(scratch)).toBe(false);
  expect(readFileSync(join(home, "theirs/file"), "utf8")).toBe("kept");
});

test.skipIf(!canMount)(
  "where anything is mounted nothing goes: not a disk, and not a folder of the same disk at another place",
  () => {
    const theirs = join(home, "theirs");
    for (const point of [join(scratch, "DIR"), join(scratch, "DIR/in a\nfolder")]) {
      for (const mount of [
        ["--bind", theirs],
        ["-t", "tmpfs", "none"],
      ]) {
        mkdirSync(theirs, { recursive: true });
        mkdirSync(point, { recursive: true });
        writeFileSync(join(theirs, "file"), "kept");
        expect(Bun.spawnSync(["mount", ...mount, point]).success).toBe(true);
        try {
          writeFileSync(join(point, "inside"), "kept too");
          expect(mountsIn(scratch)).toEqual([point]);
          expect(() => removeTree(scratch)).toThrow("is mounted at");
          expect(readFileSync(join(point, "inside"), "utf8")).toBe("kept too");
          expect(readFileSync(join(theirs, "file"), "utf8")).toBe("kept");
        } finally {
          Bun.spawnSync(["umount", point]);
        }
      }
    }
    removeTree(scratch);
    expect(existsSync(scratch)).toBe(false);
  },
);
