// What is mounted where, as this process sees it. Linux only: elsewhere nothing is known.
import { readFileSync } from "node:fs";
import { pathText } from "#core/path-bytes.ts";

export interface Mount {
  /** An exact path. */
  readonly point: string;
  /** `major:minor`. */
  readonly device: string;
  readonly type: string;
}

export const mounts = (): Mount[] =>
  process.platform === "linux" ? mountsOf(readFileSync("/proc/self/mountinfo", "latin1")) : [];

/** Of the kernel's table, bytes as Latin-1: proc_pid_mountinfo(5). */
export function mountsOf(table: string): Mount[] {
  return table.split("\n").flatMap((line) => {
    const [, , device, , point] = line.split(" ");
    const type = / - (\S+) /.exec(line)?.[1];
    if (device === undefined || point === undefined || type === undefined) return [];
    return [{ point: exact(point), device, type }];
  });
}

// --- internal ---

/** Blanks, line ends and backslashes stand there as octal digits. */
const exact = (point: string): string =>
  pathText(
    Buffer.from(
      point.replaceAll(/\\([0-7]{3})/g, (_, octal) => latin1(octal)),
      "latin1",
    ),
  );

const latin1 = (octal: string): string => String.fromCharCode(Number.parseInt(octal, 8));
