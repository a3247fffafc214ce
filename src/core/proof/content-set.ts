// Contents by the first bytes of their checksums, a million in 16 MB: those that a run has proven, or found gone. They come out in the
// order of their first two bytes, so that an index that takes them in is written from one end to the other.

/** So many bytes of a checksum tell contents apart. */
export const CONTENT_BYTES = 16;

export class ContentSet {
  readonly #pages: Buffer[] = [];
  #count = 0;

  /** Given twice, it comes out twice. What is too short to tell contents apart is none. */
  add(checksum: string): void {
    if (checksum.length < 2 * CONTENT_BYTES) return;
    const at = this.#count % PAGE_CONTENTS;
    if (at === 0) this.#pages.push(Buffer.alloc(PAGE_CONTENTS * CONTENT_BYTES));
    this.#pages.at(-1)!.write(checksum, at * CONTENT_BYTES, CONTENT_BYTES, "hex");
    this.#count++;
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    const places = new Uint32Array(PREFIXES + 1);
    for (const content of this.#asAdded()) places[prefixOf(content) + 1]!++;
    for (let prefix = 0; prefix < PREFIXES; prefix++) places[prefix + 1]! += places[prefix]!;
    const sorted = new Uint8Array(this.#count * CONTENT_BYTES);
    for (const content of this.#asAdded()) {
      sorted.set(content, places[prefixOf(content)]!++ * CONTENT_BYTES);
    }
    for (let at = 0; at < sorted.length; at += CONTENT_BYTES) {
      yield sorted.subarray(at, at + CONTENT_BYTES);
    }
  }

  // --- internal ---

  *#asAdded(): Generator<Uint8Array> {
    for (let nr = 0; nr < this.#count; nr++) {
      const at = (nr % PAGE_CONTENTS) * CONTENT_BYTES;
      yield this.#pages[Math.floor(nr / PAGE_CONTENTS)]!.subarray(at, at + CONTENT_BYTES);
    }
  }
}

// --- internal ---

const PAGE_CONTENTS = 1 << 14;
const PREFIXES = 1 << 16;

const prefixOf = (content: Uint8Array): number => (content[0]! << 8) | content[1]!;
