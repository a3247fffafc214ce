// Another tool's own tar stream as a copy: restic dump, borg export-tar, or whatever command writes one. The tool reads its repository, with
// its own settings and secrets from the environment; what comes out is proved here, and its exit code is part of the verdict.
import { BsvError } from "#core/errors.ts";
import { mostExpanded } from "./archive-bytes.ts";
import type { Copy } from "./copy.ts";
import type { OpenOptions } from "./open.ts";
import { secretMark } from "./secret-mark.ts";
import { tarEntries } from "./tar.ts";
import { TAR_CLOCK_US } from "./tar-copy.ts";
import { toolOutput, type ToolWishes } from "./tool.ts";

/** `cmd:COMMAND`: a line for the shell. It may hold a secret, and records are pushed: they tell its first word and a hash. */
export function commandCopy(line: string, options: OpenOptions): Copy {
  return streamCopy(`cmd:${commandName(line)}`, ["sh", "-c", line], options);
}

/** `restic:REPO[@SNAPSHOT]`; the latest snapshot, if none is named. */
export function resticCopy(place: string, options: OpenOptions): Copy {
  const [, repository, snapshot = "latest"] =
    /^(.+?)(?:@(latest|[0-9a-f]{4,64}))?$/.exec(place) ?? [];
  if (repository === undefined) throw noPlace("restic", "restic:REPO or restic:REPO@SNAPSHOT");
  const command = [
    "restic",
    "--repo",
    repository,
    "--quiet",
    "dump",
    snapshot,
    "/",
    "--archive",
    "tar",
  ];
  return streamCopy(`restic:${place}`, command, options);
}

/** `borg:REPO::ARCHIVE`. */
export function borgCopy(place: string, options: OpenOptions): Copy {
  if (!/^.+::[^:]+$/.test(place)) throw noPlace("borg", "borg:REPO::ARCHIVE");
  return streamCopy(`borg:${place}`, ["borg", "export-tar", place, "-"], options);
}

/** The error for a place that the tool's repositories cannot have. */
export function noPlace(tool: string, form: string): BsvError {
  return new BsvError("usage", `Not a place in a ${tool} repository`, { hint: `Say ${form}` });
}

/** What a tool writes to its standard output as a tar archive. */
export function streamCopy(
  target: string,
  command: readonly string[],
  { expectedBytes }: OpenOptions,
  wishes?: ToolWishes,
): Copy {
  return {
    target,
    keepsSymlinks: true,
    clockStepUs: TAR_CLOCK_US,
    entries: (signal) =>
      tarEntries(toolOutput(command, signal, wishes), signal, mostExpanded(expectedBytes)),
  };
}

// --- internal ---

/** `restic#1f8a09c2`: enough to tell lines apart. Nothing of what stands before the command, such as `PASSWORD=…`, or is quoted. */
function commandName(line: string): string {
  const [word = ""] = line.trim().split(/\s+/);
  const tool = PLAIN_WORD.test(word) ? word : "sh";
  return tool + secretMark(line);
}

const PLAIN_WORD = /^[A-Za-z0-9_./-]{1,64}$/;
