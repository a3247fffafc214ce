// Reads an open file some pieces ahead of whoever works on it: a large file then costs what the work costs, not the waiting.
import { read } from "node:fs";

/** The pieces in order, each good until the next is asked for. No buffer is read into after the end, however it comes. */
export async function* readAhead(
  fd: number,
  buffers: readonly Buffer[],
): AsyncGenerator<Buffer, void, void> {
  let asked: { buffer: Buffer; answer: Promise<number | Error> }[] = [];
  let doneBytes = 0;
  let position = 0;
  const ask = (buffer: Buffer): void => {
    asked.push({ buffer, answer: readAt(fd, buffer, position) });
    position += buffer.length;
  };
  try {
    for (const buffer of buffers) ask(buffer);
    for (;;) {
      const { buffer, answer } = asked.shift()!;
      const count = await answer;
      if (typeof count !== "number") throw count;
      if (count === 0) return;
      yield count === buffer.length ? buffer : buffer.subarray(0, count);
      doneBytes += count;
      if (count === buffer.length) {
        ask(buffer);
        continue;
      }
      // The end of the file, or a file system that gives less than it has: those asked for after it lie elsewhere.
      await all(asked);
      asked = [];
      position = doneBytes;
      for (const next of buffers) ask(next);
    }
  } finally {
    await all(asked);
  }
}

// --- internal ---

const all = (asked: readonly { answer: Promise<unknown> }[]) =>
  Promise.all(asked.map(({ answer }) => answer));

/** Resolves with the error: nobody may be waiting for this piece yet. */
function readAt(fd: number, buffer: Buffer, position: number): Promise<number | Error> {
  return new Promise((resolve) => {
    read(fd, buffer, 0, buffer.length, position, (error, count) => resolve(error ?? count));
  });
}
