// A tar archive in a file or on standard input, plain or packed, as a copy.
import { archiveBytes, mostExpanded } from "./archive-bytes.ts";
import type { Copy } from "./copy.ts";
import type { OpenOptions } from "./open.ts";
import { tarEntries } from "./tar.ts";

export function tarCopy(file: string, { resolve, expectedBytes }: OpenOptions): Copy {
  const path = file === "-" ? "-" : resolve(file);
  const limitBytes = mostExpanded(expectedBytes);
  return {
    target: `tar:${path}`,
    keepsSymlinks: true,
    clockStepUs: TAR_CLOCK_US,
    entries: (signal) => tarEntries(archiveBytes(path, limitBytes, signal), signal, limitBytes),
  };
}

/** Without PAX headers, whole seconds. */
export const TAR_CLOCK_US = 1_000_000;
