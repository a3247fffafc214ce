// Opening without a trace: where the kernel allows it, reading leaves the time of last access as it was.
import { systemCode } from "./trouble.ts";

export const O_NOATIME = process.platform === "linux" ? 0o1000000 : 0;

/** Opens with the flag, and again without where it is not ours to use: only a file's owner may leave its atime alone. */
export function withoutAtime(open: (flag: number) => number): number {
  try {
    return open(O_NOATIME);
  } catch (error) {
    if (O_NOATIME !== 0 && systemCode(error) === "EPERM") return open(0);
    throw error;
  }
}
