// What is wrong in a backupset file, told so that it can be mended at once: where (file:line:column), the line itself with
// the place marked, and what to do. All problems are told together.
import { placeText, type Place } from "./place.ts";
import { BsvError } from "#core/errors.ts";

export interface ConfigProblem {
  readonly place: Place;
  /** How many characters are meant, from the place on; else the word there. */
  readonly length?: number;
  /** Capital, no final period. */
  readonly message: string;
  /** What the user can do about it. */
  readonly hint?: string;
}

/** What more than this many problems would add is noise. */
const MOST_SHOWN = 20;
/** Lines are cut around the place, so that a file without line ends still gives a frame. */
const FRAME_WIDTH = 100;

/** The error for a file with these problems; `text` is the file's content, for the frames. */
export function configInvalid(
  file: string,
  text: string,
  problems: readonly ConfigProblem[],
): BsvError {
  const sorted = [...problems].sort(
    (a, b) => a.place.line - b.place.line || a.place.column - b.place.column,
  );
  const shown = sorted.slice(0, MOST_SHOWN).map((problem) => problemText(text, problem));
  const more = sorted.length > MOST_SHOWN ? [`… and ${sorted.length - MOST_SHOWN} more`] : [];
  const count = sorted.length === 1 ? "1 problem" : `${sorted.length} problems`;
  return new BsvError(
    "config_invalid",
    [`${count} in ${visible(file)}`, ...shown, ...more].join("\n\n"),
    { details: { file, problems: sorted.map(problemFacts) } },
  );
}

/** The place, the line with the place marked, and what to do. */
export function problemText(text: string, problem: ConfigProblem): string {
  const { place, message, hint } = problem;
  const line = (text.split("\n")[place.line - 1] ?? "").replace(/\r$/, "");
  const told = [`${visible(placeText(place))}: ${visible(message)}`, ...frame(line, problem)];
  return [...told, ...(hint === undefined ? [] : [`  ${visible(hint)}`])].join("\n");
}

export function problemFacts({ place, message, hint }: ConfigProblem): Record<string, unknown> {
  return { ...place, message, ...(hint === undefined ? {} : { hint }) };
}

// --- internal ---

function frame(line: string, { place, length = wordAt(line, place.column) }: ConfigProblem) {
  const start = place.column > FRAME_WIDTH - 20 ? place.column - 41 : 0;
  const shown = line.slice(start, start + FRAME_WIDTH);
  const before = visible(shown.slice(0, place.column - 1 - start));
  const meant = visible(shown.slice(place.column - 1 - start, place.column - 1 - start + length));
  const number = `  ${place.line} | `;
  return [
    number + visible(shown),
    `${" ".repeat(number.length - 2)}| ${" ".repeat(before.length)}${"^".repeat(Math.max(1, meant.length))}`,
  ];
}

/** File content and names are never sent to a terminal raw: what does not print is spelled. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    character === "\t" ? " " : `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}

const wordAt = (line: string, column: number): number =>
  /^(?:"[^"]*"|'[^']*'|[^\s,\]}]+)?/.exec(line.slice(column - 1))![0].length;
