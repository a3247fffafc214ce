// What comes over standard input, as a file: it is read more than once.
import { Inbox } from "./inbox.ts";

/** Returns the file, which must not be there yet. */
export async function keepInput(file: string, signal: AbortSignal): Promise<string> {
  const inbox = new Inbox(file);
  try {
    for await (const chunk of Bun.stdin.stream()) {
      signal.throwIfAborted();
      inbox.write(chunk);
    }
  } finally {
    inbox.close();
  }
  return file;
}
