// The body of a push: NDJSON, compressed. The header line, then one line per entry or change, in the one order.
import { jsonText } from "#core/entry.ts";

export const WIRE_HEADERS = {
  "Content-Type": "application/x-ndjson",
  "Content-Encoding": "zstd",
} as const;

/**
 * Level 1 makes the smallest bodies of all levels below 19, and is the fastest: half of a line is a checksum, which
 * higher levels search for matches in vain (docs/decisions/0601).
 */
const LEVEL = 1;

/** Lines are gathered to this size, and each gathering is one zstd frame: memory stays flat, the ratio suffers by 1 %. */
const FRAME_BYTES = 1024 * 1024;

/** Line 1: the stored header with its id before it, and the base when what follows is a difference. */
export function wireHeader(snapshotId: string, headerText: string, baseId: string | null): string {
  const base = baseId === null ? "" : `"base":${jsonText(baseId)},`;
  return `{"snapshot_id":${jsonText(snapshotId)},${base}${headerText.slice(1)}`;
}

/** Lines (without their ends) as compressed frames, gathered in one buffer that is used again and again. */
export async function* wireFrames(
  lines: AsyncIterable<readonly string[]>,
): AsyncGenerator<Uint8Array> {
  let buffer = Buffer.allocUnsafe(FRAME_BYTES);
  let used = 0;
  for await (const page of lines) {
    for (const line of page) {
      const mostBytes = line.length * 3 + 1; // a UTF-16 unit is at most three bytes of UTF-8
      if (used + mostBytes > buffer.byteLength) {
        if (used > 0) yield frame(buffer.subarray(0, used));
        used = 0;
        if (mostBytes > buffer.byteLength) buffer = Buffer.allocUnsafe(mostBytes);
      }
      used += buffer.write(line, used);
      buffer[used++] = NEWLINE;
    }
  }
  if (used > 0) yield frame(buffer.subarray(0, used));
}

// --- internal ---

const NEWLINE = 0x0a;

function frame(lines: Uint8Array<ArrayBuffer>): Uint8Array {
  return Bun.zstdCompressSync(lines, { level: LEVEL });
}
