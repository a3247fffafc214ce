// Breaks the product on purpose, one promise at a time, in a copy of the source, and runs the test that defends the promise. A
// test that stays green then defends nothing.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Sabotage {
  /** What the product no longer does. */
  readonly breaks: string;
  /** Below src/. */
  readonly file: string;
  /** Text that stands there exactly once, and what is put in its place. */
  readonly from: string;
  readonly to: string;
  /** The test that must turn red: its file below test/, and its name or the beginning of it. */
  readonly test: readonly [file: string, name: string];
}

/**
 * A test for each of `tried`: green as it is, red when the product is broken. Of all it is seen that there still is what they break:
 * those that are tried seldom would else go stale unseen.
 */
export function brokenOnPurpose(
  sabotages: readonly Sabotage[],
  tried: readonly Sabotage[] = sabotages,
): void {
  test("what is to be broken stands where it is said", () => {
    for (const { file, from } of sabotages)
      partsOf(readFileSync(join(ROOT, "src", file), "utf8"), { file, from });
  });
  describe("the test turns red when", () => {
    let workshop: Workshop;
    beforeAll(() => {
      workshop = new Workshop();
    });
    afterAll(() => workshop.close());

    for (const sabotage of tried) {
      const act = () => {
        expect(workshop.isGreen(sabotage.test, undefined)).toBe(true);
        const isSeen = () => !workshop.isGreen(sabotage.test, sabotage);
        expect(Array.from({ length: TRIES }).some(isSeen)).toBe(true);
      };
      test(sabotage.breaks, act, 200_000);
    }
  });
}

// --- internal ---

const ROOT = join(import.meta.dir, "../..");
/** A broken scan may wait for ever: that is red, too. What is sound may be slow, beside other tests on a slow machine. */
const TEST_MS = 15_000;
const PATIENCE_MS = 60_000;
/** A test that kills at random moments may once kill at none that matters. */
const TRIES = 3;

/** What stands before and after the text that is to be broken. */
function partsOf(source: string, { file, from }: Pick<Sabotage, "file" | "from">): string[] {
  const parts = source.split(from);
  if (parts.length === 2) return parts;
  throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
}

class Workshop {
  readonly #folder = mkdtempSync(join(tmpdir(), "bsv-sabotage-"));

  constructor() {
    for (const name of ["src", "test", "drizzle", "package.json", "tsconfig.json", "bunfig.toml"]) {
      cpSync(join(ROOT, name), join(this.#folder, name), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(this.#folder, "node_modules"));
  }

  /** Whether the test is green: with the sabotage, and (undefined) without any. */
  isGreen(test: Sabotage["test"], sabotage: Sabotage | undefined): boolean {
    if (sabotage === undefined) return this.#run(test);
    const file = join(this.#folder, "src", sabotage.file);
    const honest = readFileSync(file, "utf8");
    writeFileSync(file, partsOf(honest, sabotage).join(sabotage.to));
    try {
      return this.#run(test);
    } finally {
      writeFileSync(file, honest);
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run([file, name]: Sabotage["test"]): boolean {
    const pattern = `^${name.replaceAll(/[^\w ,]/g, ".")}`;
    const { exitCode, stderr } = Bun.spawnSync(
      [process.execPath, "test", "--timeout", String(TEST_MS), join("test", file), "-t", pattern],
      { cwd: this.#folder, timeout: PATIENCE_MS, killSignal: "SIGKILL", stdin: "ignore" },
    );
    const said = stderr.toString();
    if (exitCode === 0 && !/^ *[1-9]\d* pass$/m.test(said)) {
      throw new Error(`No test of ${file} is named ${name}:\n${said}`);
    }
    return exitCode === 0;
  }
}
