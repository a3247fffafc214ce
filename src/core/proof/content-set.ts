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

  /** One buffer, used again: a view of each would leave garbage by the million. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    const sorted = this.#sorted();
    const content = new Uint8Array(CONTENT_BYTES);
    for (let at = 0; at < sorted.length; at += CONTENT_BYTES) {
      sorted.copy(content, 0, at, at + CONTENT_BYTES);
      yield content;
    }
  }

  // --- internal ---

  #sorted(): Buffer {
    const places = new Uint32Array(PREFIXES + 1);
    this.#each((page, at) => places[page.readUInt16BE(at) + 1]!++);
    for (let prefix = 0; prefix < PREFIXES; prefix++) places[prefix + 1]! += places[prefix]!;
    const sorted = Buffer.alloc(this.#count * CONTENT_BYTES);
    this.#each((page, at) => {
      const place = places[page.readUInt16BE(at)]!++;
      page.copy(sorted, place * CONTENT_BYTES, at, at + CONTENT_BYTES);
    });
    return sorted;
  }

  /** By page and place, for the same reason. */
  #each(visit: (page: Buffer, at: number) => void): void {
    for (let nr = 0; nr < this.#count; nr++) {
      const at = (nr % PAGE_CONTENTS) * CONTENT_BYTES;
      visit(this.#pages[Math.floor(nr / PAGE_CONTENTS)]!, at);
    }
  }
}

// --- internal ---

const PAGE_CONTENTS = 1 << 14;
const PREFIXES = 1 << 16;
