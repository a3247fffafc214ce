// Sorts names as the one order wants them: by raw bytes.
import { comparePaths } from "#core/order.ts";

/** Sorts in place and drops doubles: a folder that changes while it is listed may give a name twice. */
export function sortNames(names: string[]): string[] {
  if (names.some((name) => ABOVE_ASCII_ORDER.test(name))) names.sort(comparePaths);
  else names.sort(); // UTF-16 and UTF-8 sort alike below the surrogates
  let previous: string | undefined;
  return names.filter((name) => {
    const isNew = name !== previous;
    previous = name;
    return isNew;
  });
}

const ABOVE_ASCII_ORDER = /[\ud800-\uffff]/;
