// What stands at a path now.
import { lstatSync, readlinkSync, statSync } from "node:fs";
import { pathText } from "#core/path-bytes.ts";
import { factsOf, type Facts } from "./facts.ts";
import { systemPath } from "./folder.ts";

/** Undefined if there is nothing; the link itself unless it shall be followed. */
export function factsAt(path: string, links: "keep" | "follow" = "keep"): Facts | undefined {
  const ask = links === "follow" ? statSync : lstatSync;
  const stats = ask(systemPath(path), { bigint: true, throwIfNoEntry: false });
  return stats && factsOf(stats);
}

/** Where a link leads, as it says itself. */
export const linkTargetAt = (path: string): string =>
  pathText(readlinkSync(systemPath(path), { encoding: "buffer" }));
