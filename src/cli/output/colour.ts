// Colour is decided for each stream by itself: stderr may be a terminal while stdout is a pipe.
import picocolors from "picocolors";

export type Colours = ReturnType<typeof picocolors.createColors>;

/**
 * --color says it; else NO_COLOR (any non-empty value) forbids, FORCE_COLOR (not empty, not 0) demands; else a terminal
 * gets colour, unless it is a dumb one.
 */
export function coloursFor(
  choice: "auto" | "always" | "never",
  isTerminal: boolean,
  env: Record<string, string | undefined>,
): Colours {
  return picocolors.createColors(isColoured(choice, isTerminal, env));
}

// --- internal ---

function isColoured(
  choice: "auto" | "always" | "never",
  isTerminal: boolean,
  env: Record<string, string | undefined>,
): boolean {
  if (choice !== "auto") return choice === "always";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"] ?? "";
  if (force !== "") return force !== "0" && force !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}
