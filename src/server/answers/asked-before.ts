// Questions asked before, of a store that nobody has written to since, get the answer they got; whoever asks while one is being found
// waits for that one. Many windows look at the same page.
import { stateThisTurn } from "#db/store-state.ts";
import type { House } from "#server/house.ts";
import { encoded } from "#server/layers/compress.ts";

export class AskedBefore {
  /** The one asked for last at the end. */
  readonly #known = new Map<string, Kept>();
  readonly #beingFound = new Map<string, Promise<Kept | undefined>>();
  #bytes = 0;

  /** What `find` answers, or has answered to the same question. */
  async answer(house: House, request: Request, find: () => Promise<Response>): Promise<Response> {
    const question = questionOf(house, request);
    const known = this.#known.get(question);
    if (known !== undefined) return again(known);
    const others = this.#beingFound.get(question); // no pause between this look and the finding
    const found = others && (await others);
    if (found !== undefined) return again(found);
    const answering = find();
    const finding = answering.then((answer) => keepable(answer, request));
    this.#beingFound.set(question, finding);
    try {
      const kept = await finding;
      if (kept === undefined) return await answering;
      this.#keep(question, kept);
      return again(kept);
    } finally {
      this.#beingFound.delete(question);
    }
  }

  // --- internal ---

  #keep(question: string, kept: Kept): void {
    this.#forget(question);
    this.#known.set(question, kept);
    this.#bytes += bytesOf(question, kept);
    for (const oldest of this.#known.keys()) {
      if (this.#bytes <= MOST_BYTES && this.#known.size <= MOST_ANSWERS) break;
      this.#forget(oldest);
    }
  }

  #forget(question: string): void {
    const kept = this.#known.get(question);
    if (kept === undefined) return;
    this.#known.delete(question);
    this.#bytes -= bytesOf(question, kept);
  }
}

// --- internal ---

interface Kept {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
}

/** A question is as long as its headers, which are the asker's to choose. */
const bytesOf = (question: string, { body }: Kept): number => question.length + body.length;

/** All of them together; the small ones cost more than their bytes. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_ANSWERS = 4096;
/** One of them: a page of a hundred rows is some 50 KB. Longer ones are for programs, which ask once. */
const MOST_BYTES_EACH = 512 * 1024;
/** What an answer says may depend on the clock, too. */
const MINUTE_MS = 60_000;

const SEEN = new WeakMap<House, string>();
const ASKED_HEADERS = ["accept", "accept-encoding", "if-none-match"];
/** For a header that is not there: what none can be. */
const ABSENT = "\0";

/** All that an answer depends on: who sees what, what is asked, and how the store stands. Neither headers nor URLs have line breaks. */
function questionOf(house: House, request: Request): string {
  let seen = SEEN.get(house);
  if (seen === undefined) SEEN.set(house, (seen = sightOf(house)));
  let question = `${request.method}\n${request.url}\n`;
  for (const name of ASKED_HEADERS) question += `${request.headers.get(name) ?? ABSENT}\n`;
  const minute = Math.floor(house.now() / MINUTE_MS);
  return `${question}${stateThisTurn(house.scope.store.database)}\n${minute}\n${seen}`;
}

function sightOf({ scope }: House): string {
  const { store: _, ...sight } = scope;
  return JSON.stringify(sight);
}

/** Encoded once for all who ask. Streams and what is not as asked are not kept. */
async function keepable(answer: Response, request: Request): Promise<Kept | undefined> {
  const length = Number(answer.headers.get("content-length") ?? Infinity);
  if (answer.status !== 200 || length > MOST_BYTES_EACH) return undefined;
  const one = await encoded(answer, request);
  return { body: new Uint8Array(await one.arrayBuffer()), headers: new Headers(one.headers) };
}

const again = ({ body, headers }: Kept): Response => new Response(body, { headers });
