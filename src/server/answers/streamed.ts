// An answer of any length, made as it is taken: a slow reader costs nothing but its connection.

import { turn } from "./turns.ts";

/** As bytes, made as they are taken. What fails before the first piece is an error yet, not a broken connection. */
export async function streamed(
  pieces: AsyncGenerator<string>,
): Promise<ReadableStream<Uint8Array>> {
  await turn();
  let next = await pieces.next();
  return new ReadableStream(
    {
      async pull(controller) {
        // Bun calls this when a socket drains, and takes a promise that is rejected within that call for one that nobody
        // waits for, before whoever waits could be heard: so nothing of ours happens within it.
        await Promise.resolve();
        if (next.done === true) return controller.close();
        controller.enqueue(Buffer.from(next.value));
        await turn();
        next = await pieces.next();
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
