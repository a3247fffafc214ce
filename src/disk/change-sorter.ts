// Changes that come in any order go out in the one order, whatever their number: a sorted buffer at a time goes to a run
// on disk, runs are merged when read. What came in order is one run, and is only written and read.
import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { changeOf, type OwnChange } from "#core/change-json.ts";
import { changeLine, type Change } from "#core/delta.ts";
import { compareKeys, pathOfKey } from "#core/order.ts";
import { jsonLines } from "./json-lines.ts";
import { writeAll } from "./write-error.ts";

/** A change, and the line of the document it was read from. */
export interface Placed {
  readonly change: Change;
  readonly line: number;
}

/** And the text that `changeLine` makes of it. */
export interface Written extends Placed {
  readonly text: string;
}

/** Bounds the memory: a few MB, with what the collector has not got round to yet. */
const BUFFER_CHANGES = 4_096;
const BUFFER_CHARACTERS = 4 * 1024 * 1024;
/** How many runs are merged at once: each needs a block and a file descriptor. */
const FAN_IN = 48;
const BLOCK_BYTES = 128 * 1024;

export class ChangeSorter {
  readonly #folder: string;
  #buffer: Written[] = [];
  #characters = 0;
  #isBufferSorted = true;
  /** Level n holds runs made of FAN_IN runs of level n−1. */
  readonly #levels: Run[][] = [[]];
  #made = 0;

  /** `folder` must exist and be the caller's own; close() leaves it empty. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  add(placed: Written): void {
    const last = this.#buffer.at(-1);
    if (last !== undefined && inOrder(last, placed) > 0) this.#isBufferSorted = false;
    this.#buffer.push(placed);
    this.#characters += placed.text.length;
    if (this.#buffer.length >= BUFFER_CHANGES || this.#characters >= BUFFER_CHARACTERS) {
      this.#flush();
    }
  }

  /** All changes in the one order, equal keys in the order of their lines. Call once, after the last `add`. */
  *read(): Generator<Placed> {
    this.#flush();
    yield* merge(this.#levels.flat().map((run) => run.read()));
  }

  close(): void {
    for (const run of this.#levels.flat()) run.remove();
  }

  #flush(): void {
    if (this.#buffer.length === 0) return;
    if (!this.#isBufferSorted) this.#buffer.sort(inOrder);
    const newest = this.#levels[0]!.at(-1);
    const isNext = newest?.last !== undefined && inOrder(newest.last, this.#buffer[0]!) <= 0;
    this.#write(0, this.#buffer, isNext ? newest : undefined);
    this.#buffer = [];
    this.#characters = 0;
    this.#isBufferSorted = true;
  }

  #write(level: number, changes: Iterable<Written>, onto?: Run): void {
    const runs = (this.#levels[level] ??= []);
    if (onto === undefined && runs.length === FAN_IN) {
      this.#levels[level] = [];
      this.#write(level + 1, written(merge(runs.map((run) => run.read()))));
      for (const run of runs) run.remove();
      this.#write(level, changes);
      return;
    }
    const run = onto ?? new Run(join(this.#folder, `run-${this.#made++}`));
    if (onto === undefined) runs.push(run);
    run.append(changes);
  }
}

// --- internal ---

function inOrder(a: Placed, b: Placed): number {
  return compareKeys(a.change.key, b.change.key) || a.line - b.line;
}

/** Sorted changes in a file, each as JSON on a line of its own: the line it was read from, and its wire line. */
class Run {
  last: Placed | undefined;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  append(changes: Iterable<Written>): void {
    const fd = openSync(this.#file, "a", 0o600);
    try {
      let lines: string[] = [];
      let characters = 0;
      const write = () => {
        writeAll(fd, Buffer.from(lines.join("")), this.#file);
        lines = [];
        characters = 0;
      };
      for (const placed of changes) {
        const text = `[${placed.line},${placed.text}]\n`;
        characters += text.length;
        lines.push(text);
        this.last = placed;
        if (characters >= BLOCK_BYTES) write();
      }
      write();
    } finally {
      closeSync(fd);
    }
  }

  *read(): Generator<Placed> {
    const fd = openSync(this.#file, "r");
    try {
      for (const [line, own] of jsonLines<[number, OwnChange]>(fd, BLOCK_BYTES)) {
        yield { change: changeOf(own), line };
      }
    } finally {
      closeSync(fd);
    }
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }
}

function* written(changes: Iterable<Placed>): Generator<Written> {
  for (const { change, line } of changes) {
    const { folder, name } = change.key;
    yield { change, line, text: changeLine(change, pathOfKey(folder, name)) };
  }
}

/** The runs as one, by always taking the least head. */
function* merge(runs: Generator<Placed>[]): Generator<Placed> {
  if (runs.length === 1) return yield* runs[0]!;
  const heads = runs.map((run) => run.next());
  try {
    for (;;) {
      let least = -1;
      for (let i = 0; i < heads.length; i++) {
        const head = heads[i]!;
        if (head.done) continue;
        if (least < 0 || inOrder(head.value, heads[least]!.value!) < 0) least = i;
      }
      if (least < 0) return;
      yield heads[least]!.value!;
      heads[least] = runs[least]!.next();
    }
  } finally {
    for (const run of runs) run.return(undefined); // closes the files of a reading that was left
  }
}
