// Too many connections: each takes a descriptor, and without any left neither the store nor a body's file can be opened. So the
// door is shut before that, and opened again when enough have left; Bun ends those that ask nothing within seconds.
import type { Listener } from "#server/listener.ts";
import { lineOf, type Log } from "./request-log.ts";

export interface Crowd {
  readonly limit: number;
  /** Descriptors this process has open; undefined where the system does not tell. */
  readonly descriptors: () => number | undefined;
}

/** Shuts and opens the door until the returned function is called. */
export function watchCrowd(
  listener: Listener,
  { limit, descriptors }: Crowd,
  log: Log,
): () => void {
  const look = () => {
    const open = descriptors() ?? 0;
    if (listener.isOpen && open > limit) {
      listener.pause();
      log(lineOf("warn", "crowd", { open, limit }));
    } else if (!listener.isOpen && open < limit * CALM) {
      try {
        listener.resume();
        log(lineOf("info", "crowd over", { open, limit }));
      } catch (error) {
        log(lineOf("error", "crowd over", { error: String(error) })); // tried again at the next look
      }
    }
  };
  const looking = setInterval(look, EVERY_MS);
  return () => clearInterval(looking);
}

// --- internal ---

const EVERY_MS = 100;
const CALM = 0.8;
