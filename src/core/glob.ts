// Patterns over whole paths: `*` stands for anything but `/`, `**` for anything, `**/` for any folders or none, `?` for one character
// but `/`; a backslash takes the next character as it is. All readings of a pattern are followed at once, so that
// a hostile one costs its length times the path's, never more.
import { BsvError } from "./errors.ts";

export interface Glob {
  /** Every match begins with this: where an index may start. The whole path when `isExact`. */
  readonly prefix: string;
  /** No wildcard: `prefix` is the path. */
  readonly isExact: boolean;
  matches(path: string): boolean;
}

/** Longer than any path people write, short enough that length × length stays small. */
const MAX_PATTERN = 1024;
/** Each may double the readings that are followed at once. */
const MAX_WILDCARDS = 32;

/** Compiles a pattern; throws `invalid_request` for one that is empty or too long. */
export function parseGlob(pattern: string): Glob {
  const tokens = tokenize(pattern);
  const wildcards = tokens.filter((token) => token.kind !== "text").length;
  if (pattern === "" || pattern.length > MAX_PATTERN || wildcards > MAX_WILDCARDS) {
    throw new BsvError(
      "invalid_request",
      `A path pattern has 1 to ${MAX_PATTERN} characters, at most ${MAX_WILDCARDS} of them wildcards`,
    );
  }
  const firstWild = tokens.findIndex((token) => token.kind !== "text");
  const literal = firstWild < 0 ? tokens : tokens.slice(0, firstWild);
  const prefix = String.fromCodePoint(...literal.map((token) => token.codePoint));
  if (firstWild < 0) return { prefix, isExact: true, matches: (path) => path === prefix };
  const readings = new Readings(tokens.slice(firstWild));
  return {
    prefix,
    isExact: false,
    matches: (path) => path.startsWith(prefix) && readings.reachEnd(path, prefix.length),
  };
}

// --- internal ---

/** `text` is one character, taken as it is. */
interface Token {
  kind: "text" | "one" | "name" | "any" | "folders";
  codePoint: number;
}

const SLASH = 0x2f;

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = Array.from(pattern);
  for (let i = 0; i < characters.length; i++) {
    const isEscaped = characters[i] === "\\" && i + 1 < characters.length;
    if (isEscaped) i++;
    const codePoint = characters[i]!.codePointAt(0)!;
    if (!isEscaped && characters[i] === "?") {
      tokens.push({ kind: "one", codePoint });
    } else if (!isEscaped && characters[i] === "*") {
      let stars = 1;
      for (; characters[i + 1] === "*"; i++) stars++;
      const last = tokens.at(-1);
      const startsFolder =
        last === undefined || last.codePoint === SLASH || last.kind === "folders";
      if (stars > 1 && startsFolder && characters[i + 1] === "/") {
        tokens.push({ kind: "folders", codePoint });
        i++;
      } else {
        tokens.push({ kind: stars > 1 ? "any" : "name", codePoint });
      }
    } else {
      tokens.push({ kind: "text", codePoint });
    }
  }
  return tokens;
}

/** All places in a pattern that a path may have reached so far, moved on character by character. */
class Readings {
  readonly #tokens: readonly Token[];
  #places: Uint16Array;
  #next: Uint16Array;
  #nextCount = 0;
  /** At which step a place was last reached: nothing needs clearing between steps. */
  readonly #reachedAt: Float64Array;
  #step = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#places = new Uint16Array(tokens.length + 1);
    this.#next = new Uint16Array(tokens.length + 1);
    this.#reachedAt = new Float64Array(tokens.length + 1);
  }

  reachEnd(path: string, from: number): boolean {
    const end = this.#tokens.length;
    this.#begin();
    this.#reach(0);
    for (let i = from; i < path.length; i++) {
      const count = this.#nextCount;
      if (count === 0) return false;
      [this.#places, this.#next] = [this.#next, this.#places];
      this.#begin();
      const codePoint = path.codePointAt(i)!;
      if (codePoint > 0xffff) i++;
      for (let j = 0; j < count; j++) {
        const place = this.#places[j]!;
        if (place < end) this.#read(place, codePoint);
      }
    }
    return this.#reachedAt[end] === this.#step;
  }

  #begin(): void {
    this.#step++;
    this.#nextCount = 0;
  }

  #read(place: number, codePoint: number): void {
    const token = this.#tokens[place]!;
    switch (token.kind) {
      case "text":
        if (codePoint === token.codePoint) this.#reach(place + 1);
        break;
      case "one":
        if (codePoint !== SLASH) this.#reach(place + 1);
        break;
      case "name":
        if (codePoint !== SLASH) this.#reach(place);
        break;
      case "any":
        this.#reach(place);
        break;
      case "folders":
        if (codePoint === SLASH) this.#reach(place);
        else this.#add(place); // inside a folder's name: only its end leads on
        break;
    }
  }

  /** Reaches a place, and those behind it that need no character. */
  #reach(place: number): void {
    for (let at = place; ; at++) {
      this.#add(at);
      const kind = this.#tokens[at]?.kind;
      if (kind === undefined || kind === "text" || kind === "one") return;
    }
  }

  #add(place: number): void {
    if (this.#reachedAt[place] === this.#step) return;
    this.#reachedAt[place] = this.#step;
    this.#next[this.#nextCount++] = place;
  }
}
