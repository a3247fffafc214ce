// Lets a few deeds run side by side: a disk makes several files durable in the time of one. What goes wrong with one is thrown when the
// others have ended, so that none is left half-way behind a failure.

export class FewAtOnce {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  #failures: unknown[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Starts it as soon as there is room. */
  async add(deed: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    if (this.#failures.length > 0) await this.ended();
    const running: Promise<void> = deed()
      .catch((error: unknown) => {
        this.#failures.push(error);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when none runs any more; throws the first failure. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
    const [failure] = this.#failures;
    if (this.#failures.length === 0) return;
    this.#failures = [];
    throw failure;
  }
}
