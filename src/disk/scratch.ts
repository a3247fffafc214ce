// A scratch folder for what is restored on trial, and the user's own command that fills it. The folder is private, and it goes whatever
// happens: when the command fails, at Ctrl-C (the command's whole process group is ended first), and what a killed bsv left behind
// goes with the next one.
import { mkdirSync, mkdtempSync, readdirSync, readSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BsvError } from "#core/errors.ts";
import { isRunning, makerOf, removeOwn } from "./leftovers.ts";
import { closeOpened, openStepwise } from "./open-regular.ts";
import { removeTree } from "./remove-tree.ts";
import { writeError } from "./write-error.ts";

/** Where scratch folders are made unless somebody says otherwise. */
export const systemScratch = (): string => tmpdir();

/** Gives `work` a new folder below `parent`, and removes it with all that is in it. */
export async function withScratch<T>(
  parent: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  sweep(parent);
  let folder: string;
  try {
    folder = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
  } catch (error) {
    throw writeError(error, parent);
  }
  try {
    return await work(folder);
  } finally {
    removeTree(folder);
  }
}

/** Files and an empty folder in the scratch folder; says their paths by name. */
export function fillScratch(
  folder: string,
  emptyFolder: string,
  files: Readonly<Record<string, Uint8Array>>,
): Record<string, string> {
  const paths = Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, name)]));
  try {
    mkdirSync(join(folder, emptyFolder), { mode: 0o700 });
    for (const [name, bytes] of Object.entries(files)) {
      writeFileSync(paths[name]!, bytes, { mode: 0o600, flag: "wx" });
    }
  } catch (error) {
    throw writeError(error, folder);
  }
  return { ...paths, [emptyFolder]: join(folder, emptyFolder) };
}

export interface Ran {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** The last of what it said, on either stream. */
  readonly lastWords: string;
}

/** Runs a shell's command line in a folder. An abort ends it and all it started, and is thrown. */
export async function runCommand(
  line: string,
  {
    cwd,
    env,
    stdin,
    signal,
  }: { cwd: string; env: Record<string, string>; stdin: Uint8Array; signal: AbortSignal },
): Promise<Ran> {
  signal.throwIfAborted();
  const startedAt = performance.now();
  const child = Bun.spawn(["/bin/sh", "-c", line], {
    cwd,
    env: { ...process.env, ...env },
    stdin,
    stdout: "pipe",
    stderr: "pipe",
    detached: true, // a process group of its own, so that all of it can be ended
  });
  const end = (): void => endGroup(child.pid);
  signal.addEventListener("abort", end);
  const words = new LastWords();
  try {
    const heard = Promise.all([words.hear(child.stdout), words.hear(child.stderr)]);
    await child.exited;
    // Something that it left running in the background may hold the pipes, and write on: it is over.
    end();
    await heard;
  } finally {
    signal.removeEventListener("abort", end);
  }
  signal.throwIfAborted();
  const { exitCode } = child;
  return { exitCode, durationMs: performance.now() - startedAt, lastWords: words.text };
}

/** Both ends of a regular file below a folder, no link followed; undefined if there is none. */
export function endsOf(
  folder: string,
  path: string,
  bytes: number,
): { sizeBytes: number; head: Uint8Array; tail: Uint8Array } | undefined {
  const opened = openStepwise(folder, path);
  if (opened === undefined) return undefined;
  try {
    const { sizeBytes } = opened.facts;
    const piece = (from: number): Uint8Array => {
      const buffer = Buffer.alloc(Math.min(bytes, sizeBytes));
      return buffer.subarray(0, readSync(opened.fd, buffer, 0, buffer.length, from));
    };
    return { sizeBytes, head: piece(0), tail: piece(Math.max(0, sizeBytes - bytes)) };
  } finally {
    closeOpened(opened);
  }
}

// --- internal ---

const PREFIX = "bsv-drill-";
const MOST_WORDS = 4000;

/** Folders of processes that are no more. */
function sweep(parent: string): void {
  let names: string[];
  try {
    names = readdirSync(parent);
  } catch (error) {
    throw new BsvError("usage", `The scratch folder ${parent} cannot be used`, { cause: error });
  }
  for (const name of names) {
    const pid = makerOf(name, PREFIX);
    if (pid !== undefined && !isRunning(pid)) removeOwn(join(parent, name));
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as { code?: string }).code !== "ESRCH") throw error; // it has ended by itself
  }
}

class LastWords {
  text = "";

  async hear(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const piece of stream) {
      this.text = (this.text + decoder.decode(piece, { stream: true })).slice(-MOST_WORDS);
    }
  }
}
