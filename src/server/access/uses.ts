// When keys and sessions were last used: as fine as a minute. What is to be written down is gathered, and written by one deed at a time:
// a thousand agents that come at once must not fill the writer's line.
import type { Use } from "#jobs/access/note-uses.ts";
import type { Pen } from "#server/house.ts";
import { Recent } from "#server/layers/recent.ts";
import { lineOf, type Log } from "#server/layers/request-log.ts";

const FINE_MS = 60_000;
/** Of more, some are noted more often than every minute. */
const MOST = 10_000;

export class Uses {
  readonly #writer: Pen;
  readonly #log: Log;
  /** By key or session: when its use was noted last. */
  readonly #notedAtMs = new Recent<number>(MOST);
  #waiting: Use[] = [];
  #isWriting = false;

  constructor(writer: Pen, log: Log) {
    this.#writer = writer;
    this.#log = log;
  }

  /** `lastAtMs`: as the store has it. Nobody waits for it. */
  note(use: Use, lastAtMs: number): void {
    if (use.atMs - Math.max(lastAtMs, this.#notedAtMs.get(use.id) ?? 0) < FINE_MS) return;
    this.#notedAtMs.set(use.id, use.atMs);
    this.#waiting.push(use);
    void this.#write();
  }

  // --- internal ---

  async #write(): Promise<void> {
    if (this.#isWriting || this.#waiting.length === 0) return;
    this.#isWriting = true;
    const uses = this.#waiting.splice(0);
    try {
      await this.#writer.do("note-uses", { uses });
    } catch (error) {
      for (const { id } of uses) this.#notedAtMs.set(id, 0); // the next use is noted instead
      this.#log(lineOf("error", "uses", { error: String(error) }));
    } finally {
      this.#isWriting = false;
    }
    void this.#write();
  }
}
