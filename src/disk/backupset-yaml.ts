// YAML (and so JSON) of a backupset file as plain values, each with its place. The traps YAML lays for people who write
// file patterns are told by name: `*.log` is an alias, `!keep` a tag, `[ab].txt` a list.
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  visit,
  type Document,
  type ErrorCode,
  type Node,
  type Pair,
  type YAMLError,
} from "yaml";
import type { ConfigProblem } from "#core/config/config-problem.ts";
import type { Place } from "#core/config/place.ts";

/** The schema is five levels deep. */
const DEEPEST = 16;
/** Aliases may share a list of rules between sets; expanding more than this many nodes is an attack, not a file. */
const MOST_ALIASES = 100;

export interface ParsedYaml {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Where a value (or, with `key`, the key itself) stands; for what is missing, where it would belong. */
  spot(path: readonly PropertyKey[], what?: "value" | "key"): Spot;
}

export interface Spot {
  readonly place: Place;
  readonly length: number;
}

/** Never throws: what cannot be read is a problem, and `value` is then undefined. */
export function parseBackupsetYaml(file: string, text: string): ParsedYaml {
  const lines = new LineCounter();
  const spotAt = (start: number, end: number): Spot => {
    const { line, col } = lines.linePos(start);
    return {
      place: { file, line: Math.max(1, line), column: Math.max(1, col) },
      length: end - start,
    };
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors.map((error) => explain(error, text, spotAt));
  const isUnusable = document.errors.some(({ code }) => code !== "DUPLICATE_KEY");
  const spot = (path: readonly PropertyKey[], what: "value" | "key" = "value") =>
    spotOf(document, path, what, spotAt);
  if (isUnusable) return { value: undefined, problems: broken, spot };
  if (isDeeperThan(document.contents, DEEPEST)) {
    const problem = { ...spotAt(0, 1), message: `Nested more than ${DEEPEST} levels deep` };
    return { value: undefined, problems: [...broken, problem], spot };
  }
  const problems = [...broken, ...mendTraps(document, text, spotAt)];
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }), problems, spot };
  } catch {
    // Unresolved aliases are mended above: what is left is a bomb of aliases to aliases.
    const problem = {
      ...spotAt(0, 1),
      message: "Aliases multiply beyond any use",
      hint: "Write the lists out",
    };
    return { value: undefined, problems: [...problems, problem], spot };
  }
}

// --- internal ---

type SpotAt = (start: number, end: number) => Spot;

/** What to say instead of the parser's own words, where those do not help. */
const ADVICE: Partial<Record<ErrorCode, { message: string; hint: string }>> = {
  DUPLICATE_KEY: { message: "This key is already there", hint: "Keep one of the two" },
  TAB_AS_INDENT: { message: "YAML is not indented with tabs", hint: "Use spaces" },
  MULTIPLE_DOCS: {
    message: "A second YAML document starts here",
    hint: "Keep one; several backupsets stand side by side under backupsets",
  },
  RESOURCE_EXHAUSTION: {
    message: "Nested too deeply",
    hint: "A backupset file is five levels deep",
  },
};

/** Where a pattern begins with a character that is YAML's own. */
const UNQUOTED: readonly ErrorCode[] = ["BAD_ALIAS", "BAD_SCALAR_START", "UNEXPECTED_TOKEN"];

function explain(error: YAMLError, text: string, spotAt: SpotAt): ConfigProblem {
  const [start, end] = error.pos;
  if (UNQUOTED.includes(error.code)) {
    const line = text.slice(text.lastIndexOf("\n", start - 1) + 1).split(/\r?\n/, 1)[0]!;
    const item = /^\s*-\s+(\S.*?)\s*$/.exec(line)?.[1];
    return {
      ...spotAt(start, end),
      message: `YAML gives ${JSON.stringify(item?.[0] ?? text[start] ?? "")} a meaning of its own here`,
      hint: item === undefined ? "Quote the text" : `Quote it: ${JSON.stringify(item)}`,
    };
  }
  const isKey = error.code === "DUPLICATE_KEY";
  const length = isKey ? /^[^\s:]*/.exec(text.slice(start))![0].length : end - start;
  const said = ADVICE[error.code] ?? { message: error.message.split("\n", 1)[0]! };
  return { ...spotAt(start, start + length), ...said };
}

/** Tells of aliases and tags nobody meant, and mends them (and doubled keys), so that the rest can be checked too. */
function mendTraps(document: Document, text: string, spotAt: SpotAt): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const asText = (node: Node): Scalar => {
    const scalar = new Scalar(sourceOf(node, text));
    scalar.range = node.range ?? null;
    return scalar;
  };
  visit(document, {
    Map(_, map) {
      const firsts = new Map(map.items.toReversed().map((pair) => [keyText(pair), pair]));
      map.items = map.items.filter((pair) => firsts.get(keyText(pair)) === pair);
    },
    Pair(_, pair) {
      if (isCollection(pair.key)) {
        problems.push({ ...spotOfNode(pair.key, spotAt), message: "A key must be a word" });
        return visit.REMOVE;
      }
      if (keyText(pair) === "__proto__") {
        // No object could hold it: it would vanish without a word.
        const message = `"__proto__" is no key, and no name of a backupset`;
        problems.push({ ...spotOfNode(pair.key, spotAt), message });
        return visit.REMOVE;
      }
      // A set named 1.0 is not to become "1".
      if (isScalar(pair.key)) pair.key.value = pair.key.source ?? String(pair.key.value);
      return undefined;
    },
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      problems.push({
        ...spotOfNode(alias, spotAt),
        message: `Unquoted, ${sourceOf(alias, text)} is a YAML alias, not a pattern`,
        hint: `Quote it: ${JSON.stringify(sourceOf(alias, text))}`,
      });
      return asText(alias);
    },
    Scalar(_, scalar) {
      if (scalar.tag?.startsWith("!")) scalar.value = scalar.tag;
    },
  });
  for (const { code, pos } of document.warnings) {
    const word = text.slice(...pos);
    problems.push({
      ...spotAt(...pos),
      message:
        code === "TAG_RESOLVE_FAILED" ? `Unquoted, ${word} is a YAML tag, not a pattern` : code,
      hint: `Quote it: ${JSON.stringify(word)}`,
    });
  }
  return problems;
}

function sourceOf(node: Node, text: string): string {
  return node.range ? text.slice(node.range[0], node.range[1]) : String(node);
}

function isDeeperThan(node: unknown, levels: number): boolean {
  if (isPair(node)) return isDeeperThan(node.key, levels) || isDeeperThan(node.value, levels);
  if (!isCollection(node)) return false;
  return levels === 0 || node.items.some((item) => isDeeperThan(item, levels - 1));
}

function spotOf(
  document: Document,
  path: readonly PropertyKey[],
  what: "value" | "key",
  spotAt: SpotAt,
): Spot {
  let node: unknown = document.contents;
  let key: unknown;
  for (const step of path) {
    const holder = isAlias(node) ? node.resolve(document) : node;
    let next: unknown;
    if (isMap(holder)) {
      const pair = holder.items.find((item) => keyText(item) === String(step));
      if (pair === undefined) break;
      [key, next] = [pair.key, pair.value];
    } else if (isSeq(holder)) {
      next = holder.items[Number(step)];
      key = undefined;
    }
    if (next === undefined) break;
    node = next;
  }
  const isEmpty = isScalar(node) && node.value === null;
  const meant = (what === "key" || isEmpty || isCollection(node)) && key !== undefined ? key : node;
  return spotOfNode(meant, spotAt);
}

const keyText = (pair: Pair): string =>
  isScalar(pair.key) ? String(pair.key.value) : String(pair.key);

function spotOfNode(node: unknown, spotAt: SpotAt): Spot {
  const range = (node as Node | null)?.range;
  return range ? spotAt(range[0], range[1]) : spotAt(0, 1);
}
