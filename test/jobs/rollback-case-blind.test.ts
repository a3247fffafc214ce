// A rollback onto a file system that knows no case: an exFAT image, where this machine can mount one.
import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isCaseBlind } from "#disk/case-blind.ts";
import { hasExfat, mountExfat } from "#test/exfat.ts";
import { RollbackTrial } from "./rollback-trial.ts";

let trial: RollbackTrial;
afterEach(() => trial.close());

describe.skipIf(!hasExfat)("on exFAT", () => {
  for (const what of ["that is empty", "that holds a file"]) {
    test(`I6: on a drive ${what}, names that are one there are refused, and no file comes over another`, async () => {
      trial = await RollbackTrial.open();
      for (const [name, content] of [
        ["README.txt", "1"],
        ["Readme.TXT", "2"],
        ["Docs/a", "3"],
        ["docs/b", "4"],
        ["caf\u00e9", "5"],
        ["cafe\u0301", "6"],
      ] as const) {
        trial.write(name, content);
      }
      const then = await trial.scan();
      const copies = [trial.copy()];
      for (const name of readdirSync(trial.tree)) {
        rmSync(`${trial.tree}/${name}`, { recursive: true });
      }
      using _ = mountExfat(`${trial.trial.home}/image`, trial.tree);
      if (what !== "that is empty") writeFileSync(`${trial.tree}/kept`, "7");
      expect(isCaseBlind(trial.tree)).toBe(true);

      const steps = await trial.plan(then, { copies });
      const refused = steps.filter(({ conflict, target }) => conflict !== null && target !== null);
      expect(refused.map(({ path, conflict }) => [path, conflict])).toEqual([
        [`${trial.tree}/Readme.TXT`, "case_collision"],
        [`${trial.tree}/docs/b`, "case_collision"],
      ]);
      const { done, isComplete } = await trial.apply(then, { copies });
      expect(done).toMatchObject({ createdCount: 4, refusedCount: 2, untimedCount: 4 });
      expect(isComplete).toBe(false);
      const names = readdirSync(trial.tree).filter((name) => name !== "kept");
      expect(names.sort()).toEqual(["Docs", "README.txt", "cafe\u0301", "caf\u00e9"]);
      expect(readdirSync(`${trial.tree}/Docs`)).toEqual(["a"]);
      expect(readFileSync(`${trial.tree}/README.txt`, "utf8")).toBe("1");
    }, 60_000);
  }
});

test("a file system that tells a from A is seen to, by what is in a folder, by its own name, and where both are there", async () => {
  trial = await RollbackTrial.open();
  expect(isCaseBlind(trial.tree)).toBe(process.platform === "darwin");
  trial.write("a", "1");
  expect(isCaseBlind(trial.tree)).toBe(process.platform === "darwin");
  if (process.platform === "linux") {
    trial.write("A", "2");
    expect(isCaseBlind(trial.tree)).toBe(false);
    expect(isCaseBlind("/proc/self/fdinfo")).toBe(false);
  }
});
