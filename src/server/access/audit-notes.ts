// Events for the audit log that are no deed's own: failed sign-ins, refused uploads, tokens. They wait in a short line for the writer,
// and nobody waits for them; a flood of them is counted instead of filling the disk.
import type { AuditEvent } from "#db/access/audit.ts";
import type { Pen } from "#server/house.ts";
import type { Log } from "#server/layers/request-log.ts";

/** Of one minute, for all senders together. */
const MOST_A_MINUTE = 120;
const MINUTE_MS = 60_000;

export class AuditNotes {
  readonly #writer: Pen;
  readonly #log: Log;
  #waiting: AuditEvent[] = [];
  #isWriting = false;
  #minute = 0;
  #noted = 0;
  #leftOut = 0;

  constructor(writer: Pen, log: Log) {
    this.#writer = writer;
    this.#log = log;
  }

  note(event: AuditEvent): void {
    const minute = Math.floor(event.atMs / MINUTE_MS);
    if (minute !== this.#minute) {
      if (this.#leftOut > 0) this.#waiting.push(leftOut(this.#leftOut, event.atMs));
      [this.#minute, this.#noted, this.#leftOut] = [minute, 0, 0];
    }
    if (++this.#noted > MOST_A_MINUTE) this.#leftOut++;
    else this.#waiting.push(event);
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
      this.#log({
        time: new Date().toISOString(),
        level: "error",
        what: "audit",
        error: `${events.length} events were not recorded: ${String(error)}`,
      });
    } finally {
      this.#isWriting = false;
    }
    void this.#write();
  }
}

// --- internal ---

const leftOut = (count: number, atMs: number): AuditEvent => ({
  actor: "server",
  what: "audit.left-out",
  target: `${count} events of one minute`,
  result: "ok",
  atMs,
});
