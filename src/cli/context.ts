// What a command is given: where to speak, which global flags were set, and the run of its jobs. What it opens is closed by
// the kernel, however it ends.
import type { Run } from "#core/run.ts";
import type { Command } from "./command.ts";
import type { Globals } from "./globals.ts";
import { failureOf } from "./output/failure.ts";
import type { Output } from "./output/output.ts";
import { monitorFor } from "./output/progress.ts";

export class Context {
  readonly out: Output;
  readonly globals: Globals;
  readonly run: Run;
  readonly #toClose: (() => Promise<void> | void)[] = [];

  constructor(out: Output, globals: Globals, command: Command, signal: AbortSignal) {
    this.out = out;
    this.globals = globals;
    this.run = { signal, monitor: monitorFor(out, command.json === "events"), now: Date.now };
  }

  /** Does this when the command has ended, last registered first. */
  atEnd(close: () => Promise<void> | void): void {
    this.#toClose.push(close);
  }

  /** Closes all of it. What fails here is told; what the command did stands. */
  async close(): Promise<void> {
    for (const close of this.#toClose.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        this.out.warn(`While tidying up: ${failureOf(error).message}`);
      }
    }
  }
}
