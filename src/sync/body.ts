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

/** Lines are gathered to this size, and each gathering is one zstd frame: memory stays flat, the ratio does not suffer. */
const FRAME_BYTES = 4 * 1024 * 1024;

/** Line 1: the stored header with its id before it, and the base when what follows is a difference. */
export function wireHeader(snapshotId: string, headerText: string, baseId: string | null): string {
  const base = baseId === null ? "" : `"base":${jsonText(baseId)},`;
  return `{"snapshot_id":${jsonText(snapshotId)},${base}${headerText.slice(1)}`;
}

/** Lines (without their ends) as compressed frames. */
export async function* wireFrames(
  lines: AsyncIterable<readonly string[]>,
): AsyncGenerator<Uint8Array> {
  let gathered: string[] = [];
  let length = 0;
  for await (const page of lines) {
    for (const line of page) {
      gathered.push(line);
      length += line.length + 1;
      if (length < FRAME_BYTES) continue;
      yield frame(gathered);
      gathered = [];
      length = 0;
    }
  }
  if (gathered.length > 0) yield frame(gathered);
}

// --- internal ---

function frame(lines: readonly string[]): Uint8Array {
  return Bun.zstdCompressSync(`${lines.join("\n")}\n`, { level: LEVEL });
}
