// A process that was told secrets leaves no picture of its memory behind when it crashes.
import { cLibrary } from "./c-library.ts";

/** `PR_SET_DUMPABLE` of prctl(2): also nobody but root may look into the process while it runs. */
const PR_SET_DUMPABLE = 4;

/** False where the system cannot be asked for it: then `ulimit -c 0` is the administrator's (docs/deploy.md). */
export function forbidCoreDump(): boolean {
  const library = cLibrary({
    prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
  });
  return library?.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) === 0;
}
