// Rewritten files that had a twin, one content at two paths: a cipher makes something else of each, an editor's change in both is one.

export class Twins {
  readonly #before: number[] = [];
  readonly #after: number[] = [];

  add(before: number, after: number): void {
    this.#before.push(before);
    this.#after.push(after);
  }

  /** Files of groups that had one content, and of which no two have one now. */
  parted(): number {
    const sorted = Float64Array.from(this.#before).sort();
    const twins = new Set(sorted.filter((content, nr) => content === sorted[nr - 1]));
    const groups = new Map<number, { files: number; now: Set<number> }>();
    this.#before.forEach((content, nr) => {
      if (!twins.has(content)) return;
      const group = groups.get(content) ?? { files: 0, now: new Set() };
      group.files++;
      group.now.add(this.#after[nr]!);
      groups.set(content, group);
    });
    let parted = 0;
    for (const { files, now } of groups.values()) if (now.size === files) parted += files;
    return parted;
  }
}
