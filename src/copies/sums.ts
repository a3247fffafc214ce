// A list of checksums as a copy: sha256sum, BSD's form, hashdeep, mtree, a BagIt manifest, our own CSV. It is somebody's word, and no byte is
// read: the record says so, and proves no content. A line that cannot be understood may have been about any file.
import { readSums } from "#core/sums/read.ts";
import { otherAlgorithm, type Sum } from "#core/sums/sum.ts";
import { BsvError } from "#core/errors.ts";
import { archiveBytes, mostExpanded } from "./archive-bytes.ts";
import { CopyCut, type Copy, type CopyEntry } from "./copy.ts";
import type { OpenOptions } from "./open.ts";

export function sumsCopy(file: string, { resolve, expectedBytes }: OpenOptions): Copy {
  const path = file === "-" ? "-" : resolve(file);
  return {
    target: `sums:${path}`,
    keepsSymlinks: false,
    clockStepUs: 1_000_000,
    vouchedBy: "list",
    entries: (signal) => listed(path, mostExpanded(expectedBytes), signal),
  };
}

// --- internal ---

async function* listed(
  path: string,
  limitBytes: number,
  signal: AbortSignal,
): AsyncGenerator<CopyEntry> {
  let unread: string | undefined;
  for await (const page of pages(path, limitBytes, signal)) {
    signal.throwIfAborted();
    for (const sum of page) {
      if ("problem" in sum) {
        unread ??= `DAMAGED: line ${sum.line} ${sum.problem}`;
        continue;
      }
      if (sum.type === "dir") continue;
      const { checksum } = sum;
      const why = whyNot(sum);
      const isFile = sum.type === "file";
      yield {
        name: sum.path,
        type: sum.type === "other" ? "other" : sum.type,
        target: sum.target,
        sizeBytes: sum.sizeBytes,
        mtimeUs: sum.mtimeUs,
        ctimeUs: null,
        content: isFile && why === undefined ? { kind: "stored", checksum: checksum! } : null,
        trouble: isFile && why !== undefined ? { kind: "unverifiable", why } : null,
      };
    }
  }
  if (unread !== undefined) throw new CopyCut("unverifiable", unread);
}

function whyNot(sum: Sum): string | undefined {
  if (sum.error !== null) return sum.error;
  if (sum.checksum === null) return "NO_CHECKSUM: the list has none";
  const algorithm = otherAlgorithm(sum);
  return algorithm === undefined ? undefined : `OTHER_HASH: the list has ${algorithm}`;
}

async function* pages(path: string, limitBytes: number, signal: AbortSignal) {
  try {
    yield* readSums(archiveBytes(path, limitBytes, signal), { fileName: path });
  } catch (error) {
    if (!(error instanceof BsvError)) throw error;
    throw new CopyCut("unverifiable", `DAMAGED: ${error.message}`, error);
  }
}
