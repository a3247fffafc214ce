// Work on one thing at a time: what comes later, for the same name, waits for what came before.

export class OneAtATime {
  readonly #last = new Map<string, Promise<void>>();

  async during<T>(name: string, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const { promise: mine, resolve: end } = Promise.withResolvers<void>();
    this.#last.set(name, mine);
    try {
      await before;
      return await act();
    } finally {
      end();
      if (this.#last.get(name) === mine) this.#last.delete(name);
    }
  }
}
