// One line in .gitignore's dialect, as a question to ask of paths. It is asked of each path alone, never of its parents: the
// walk has not entered what is left out. The time for an answer is bounded by pattern × path (no regular
// expressions), because ignore files may come from the very tree that is scanned.

/** A pattern that says something; comments and blank lines are none. */
export interface IgnorePattern {
  /** `!pattern`: takes back what an earlier line left out. */
  readonly isNegative: boolean;
  /** `path` is relative to where the pattern stands, without a slash at its end; `name` is its last part. */
  matches(path: string, name: string, isFolder: boolean): boolean;
}

/** Undefined for a line that can never match anything: blank, a comment, or cut off in the middle. */
export function parseIgnorePattern(line: string, isCaseBlind: boolean): IgnorePattern | undefined {
  if (line.startsWith("#")) return undefined;
  const isNegative = line.startsWith("!");
  const trimmed = trimSpaces(isNegative ? line.slice(1) : line);
  const isFolderOnly = trimmed.endsWith("/");
  const body = isFolderOnly ? trimmed.slice(0, -1) : trimmed;
  const segments = parseSegments(isCaseBlind ? folded(body) : body);
  if (trimmed === "" || segments === undefined) return undefined;
  const isAnchored = body.includes("/");
  const first = segments[0]!;
  // A leading slash only anchors: it begins no part of its own.
  const parts =
    isAnchored && first !== ANY_DEPTH && first.length === 0 ? segments.slice(1) : segments;
  const fold = (text: string) => (isCaseBlind ? text.toLowerCase() : text);
  const matchesText = isAnchored ? matcherOfPath(parts) : matcherOfName(first);
  return {
    isNegative,
    matches: (path, name, isFolder) =>
      (isFolder || !isFolderOnly) && matchesText(fold(isAnchored ? path : name)),
  };
}

// --- internal ---

/** Where case does not count, `[:upper:]` means what `[:lower:]` does. */
const folded = (body: string): string => body.toLowerCase().replaceAll("[:upper:]", "[:lower:]");

/** One part of a pattern between slashes: characters, sets of them, `?` and `*`. */
type Token =
  | { literal: string }
  | { set: ReadonlySet<string>; ranges: Range[]; isNot: boolean }
  | "?"
  | "*";
type Range = readonly [from: number, to: number];
type Segment = readonly Token[];

/** `**` as a whole part: any number of folders. */
const ANY_DEPTH = Symbol("**");
type Part = Segment | typeof ANY_DEPTH;

/** git's own ASCII classes, see its wildmatch.c and sane-ctype.h. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  alnum: ["09", "AZ", "az"],
  alpha: ["AZ", "az"],
  blank: ["  ", "\t\t"],
  cntrl: ["\0\x1f", "\x7f\x7f"],
  digit: ["09"],
  graph: ["!~"],
  lower: ["az"],
  print: [" ~"],
  punct: ["!/", ":@", "[`", "{~"],
  space: ["  ", "\t\n", "\r\r"],
  upper: ["AZ"],
  xdigit: ["09", "AF", "af"],
};

/** Trailing spaces do not count unless a backslash stands before them; a carriage return ends the line as on Windows. */
function trimSpaces(text: string): string {
  let end = text.endsWith("\r") ? text.length - 1 : text.length;
  while (end > 0 && text[end - 1] === " " && !isEscaped(text, end - 1)) end--;
  return text.slice(0, end);
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}

function parseSegments(body: string): Part[] | undefined {
  const parts: Part[] = [];
  let tokens: Token[] = [];
  const end = () => {
    const isStars = tokens.length > 1 && tokens.every((token) => token === "*");
    parts.push(isStars ? ANY_DEPTH : tokens);
    tokens = [];
  };
  for (let i = 0; i < body.length;) {
    const character = characterAt(body, i);
    i += character.length;
    if (character === "/") end();
    else if (character === "*" || character === "?") tokens.push(character);
    else if (character === "[") {
      const set = parseSet(body, i);
      if (set === undefined) return undefined;
      tokens.push(set.token);
      i = set.end;
    } else if (character === "\\") {
      if (i >= body.length) return undefined;
      const escaped = characterAt(body, i);
      tokens.push({ literal: escaped });
      i += escaped.length;
    } else tokens.push({ literal: character });
  }
  end();
  return parts;
}

/** A set from after its `[` to after its `]`; undefined if it is never closed or names no class there is. */
function parseSet(body: string, start: number): { token: Token; end: number } | undefined {
  const isNot = body[start] === "!" || body[start] === "^";
  const set = new Set<string>();
  const ranges: Range[] = [];
  let last: string | undefined;
  const first = start + (isNot ? 1 : 0);
  for (let i = first; i < body.length;) {
    let character = characterAt(body, i);
    if (character === "]" && i > first) return { token: { set, ranges, isNot }, end: i + 1 };
    const name = character === "[" ? /^\[:([^\]]*):\]/.exec(body.slice(i, i + 16)) : null;
    if (name !== null) {
      const spans = CLASSES[name[1]!];
      if (spans === undefined) return undefined;
      for (const span of spans) ranges.push([span.charCodeAt(0), span.charCodeAt(1)]);
      last = undefined;
      i += name[0].length;
      continue;
    }
    const isRange =
      character === "-" && last !== undefined && i + 1 < body.length && body[i + 1] !== "]";
    if (isRange) character = characterAt(body, ++i);
    if (character === "\\") character = characterAt(body, ++i);
    if (character === "") return undefined;
    if (isRange) ranges.push([last!.codePointAt(0)!, character.codePointAt(0)!]);
    else set.add(character);
    last = isRange ? undefined : character;
    i += character.length;
  }
  return undefined;
}

/** The whole code point at `i`; an escaped byte (a lone surrogate) is a character of its own. */
function characterAt(text: string, i: number): string {
  const code = text.codePointAt(i);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function matcherOfName(segment: Part): (name: string) => boolean {
  if (segment === ANY_DEPTH) return () => true;
  const literal = literalOf(segment);
  if (literal !== undefined) return (name) => name === literal;
  const suffix = segment[0] === "*" ? literalOf(segment.slice(1)) : undefined;
  if (suffix !== undefined) return (name) => name.endsWith(suffix);
  return (name) => matchesSegment(segment, name);
}

function matcherOfPath(parts: readonly Part[]): (path: string) => boolean {
  const literals = parts.map((part) => (part === ANY_DEPTH ? undefined : literalOf(part)));
  if (!literals.includes(undefined)) {
    const literal = literals.join("/");
    return (path) => path === literal;
  }
  const matchers = parts.map((part) => (part === ANY_DEPTH ? part : matcherOfName(part)));
  return (path) => matchesParts(matchers, path.split("/"));
}

function literalOf(segment: Segment): string | undefined {
  let text = "";
  for (const token of segment) {
    if (typeof token === "string" || !("literal" in token)) return undefined;
    text += token.literal;
  }
  return text;
}

/** Wildcards by stepping back to the last `*` only, which suffices: the time is bounded by the product of the lengths. */
function matchesSegment(tokens: Segment, name: string): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const wanted = tokens[token];
    const character = characterAt(name, at);
    if (wanted === "*") {
      star = token++;
      resume = at;
    } else if (wanted !== undefined && fits(wanted, character)) {
      token++;
      at += character.length;
    } else if (star >= 0) {
      token = star + 1;
      resume += characterAt(name, resume).length;
      at = resume;
    } else return false;
  }
  while (tokens[token] === "*") token++;
  return token === tokens.length;
}

function fits(wanted: Exclude<Token, "*">, character: string): boolean {
  if (wanted === "?") return true;
  if ("literal" in wanted) return wanted.literal === character;
  const code = character.codePointAt(0)!;
  const isIn =
    wanted.set.has(character) || wanted.ranges.some(([from, to]) => from <= code && code <= to);
  return isIn !== wanted.isNot;
}

/** The same for parts of a path and `**`. A `**` at the end stands for at least one name, elsewhere also for none. */
function matchesParts(
  parts: readonly (((name: string) => boolean) | typeof ANY_DEPTH)[],
  names: readonly string[],
): boolean {
  let part = 0;
  let at = 0;
  let depth = -1;
  let resume = 0;
  while (at < names.length) {
    const wanted = parts[part];
    if (wanted === ANY_DEPTH) {
      if (part === parts.length - 1) return true;
      depth = part++;
      resume = at;
    } else if (wanted?.(names[at]!)) {
      part++;
      at++;
    } else if (depth >= 0) {
      part = depth + 1;
      at = ++resume;
    } else return false;
  }
  return part === parts.length;
}
