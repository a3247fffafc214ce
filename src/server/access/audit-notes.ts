// Events for the audit log that are no deed's own: failed sign-ins, refused uploads, tokens. They wait in a short line for the writer,
// and nobody waits for them; a flood of them is counted instead of filling the disk.
import { BsvError } from "#core/errors.ts";
import type { AuditEvent } from "#db/access/audit.ts";
import type { Pen } from "#server/house.ts";
import { lineOf, type Log } from "#server/layers/request-log.ts";

/** Of one kind and one user; of all strangers together. A flood of one thing hides neither others nor other things. */
const MOST_A_MINUTE = 120;
const MINUTE_MS = 60_000;
/** Of those that wait for the writer: some 10 MB. */
const MOST_WAITING = 20_000;
/** Until the writer's line, full a moment ago, is asked again. */
const AGAIN_MS = 100;

export class AuditNotes {
  readonly #writer: Pen;
  readonly #log: Log;
  #waiting: AuditEvent[] = [];
  #isWriting = false;
  #minute = 0;
  /** By kind and user: how many there were this minute. */
  #counts = new Map<string, number>();

  constructor(writer: Pen, log: Log) {
    this.#writer = writer;
    this.#log = log;
  }

  note(event: AuditEvent): void {
    const minute = Math.floor(event.atMs / MINUTE_MS);
    if (minute !== this.#minute) {
      for (const [who, count] of this.#counts) {
        if (count > MOST_A_MINUTE) {
          this.#waiting.push(leftOut(count - MOST_A_MINUTE, who, event.atMs));
        }
      }
      this.#minute = minute;
      this.#counts = new Map();
    }
    const who = `${event.what} by ${event.actor.split("/", 1)[0]}`;
    const count = (this.#counts.get(who) ?? 0) + 1;
    this.#counts.set(who, count);
    if (count <= MOST_A_MINUTE) this.#waiting.push(event);
    void this.#write();
  }

  // --- internal ---

  async #write(): Promise<void> {
    if (this.#isWriting || this.#waiting.length === 0) return;
    this.#isWriting = true;
    const events = this.#waiting.splice(0);
    try {
      await this.#writer.do("audit", { events });
    } catch (error) {
      const isBusy = error instanceof BsvError && error.code === "store_busy";
      if (isBusy && this.#waiting.length + events.length <= MOST_WAITING) {
        this.#waiting.unshift(...events); // whoever fills the line must not be able to go unrecorded
        await Bun.sleep(AGAIN_MS);
      } else {
        const lost = `${events.length} events were not recorded: ${String(error)}`;
        this.#log(lineOf("error", "audit", { error: lost }));
      }
    } finally {
      this.#isWriting = false;
    }
    void this.#write();
  }
}

// --- internal ---

const leftOut = (count: number, who: string, atMs: number): AuditEvent => ({
  actor: "server",
  what: "audit.left-out",
  target: `${count} of one minute: ${who}`,
  result: "ok",
  atMs,
});
