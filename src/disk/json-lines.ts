// A file of many values, each as JSON on a line of its own, read again: a piece of it is in memory at a time.
import { readSync } from "node:fs";
import { assert } from "#core/errors.ts";

const NEWLINE = 0x0a;

/** The values of an open file, from its beginning to its end; a line may be longer than a piece. */
export function* jsonLines<Value>(fd: number, pieceBytes: number): Generator<Value> {
  let kept = Buffer.alloc(0);
  let position = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(kept.length + pieceBytes);
    kept.copy(piece);
    const read = readSync(fd, piece, kept.length, pieceBytes, position);
    if (read === 0) break;
    position += read;
    const end = piece.lastIndexOf(NEWLINE, kept.length + read - 1) + 1;
    // JSON has no line end inside a value; parsed all at once they take half the time of one after the other.
    const lines = piece.toString("utf8", 0, Math.max(0, end - 1));
    yield* JSON.parse(`[${lines.replaceAll("\n", ",")}]`) as Value[];
    kept = piece.subarray(end, kept.length + read);
  }
  assert(kept.length === 0, "a file of ours ends in the middle of a line");
}
