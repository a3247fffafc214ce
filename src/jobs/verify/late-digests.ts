// What the hash threads say of a file comes after it was met: by its number, as it belongs into the observation.
import type { ObservedTrouble } from "#core/proof/finding.ts";
import type { DigestOf } from "#db/proof/observations.ts";
import type { Reading } from "#scan/reading.ts";

/** `notReached`: why the threads did not come to a file. */
export function lateDigests({ digests }: Reading, notReached: ObservedTrouble): DigestOf {
  return (number) => {
    const odd = digests.odd(number);
    if (odd === undefined) {
      const checksum = digests.hex(number);
      return checksum === NO_ANSWER ? { checksum: null, trouble: notReached } : { checksum };
    }
    const { error, facts } = odd;
    // Read as it was by then, not as the walk had seen it.
    const now = facts && {
      sizeBytes: facts.sizeBytes,
      mtimeUs: facts.mtimeUs,
      ctimeUs: facts.ctimeUs,
    };
    if (error === null) return { ...now, checksum: digests.hex(number) };
    return { ...now, checksum: null, trouble: troubleOf(error) };
  };
}

// --- internal ---

/** What stands where no thread wrote: no content is known that has this digest. */
const NO_ANSWER = "0".repeat(64);

function troubleOf(why: string): ObservedTrouble {
  const isMoving = why.startsWith("UNSTABLE") || why.startsWith("ENOENT");
  return { kind: isMoving ? "unstable" : "unreadable", why };
}
