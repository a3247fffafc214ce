// The time a request has, whatever it is busy with: its body, the store, or a reader who takes a byte now and then. One clock looks
// after all of them: a timer for each costs more than many a request does.
import { BsvError } from "#core/errors.ts";
import type { Layer } from "./visit.ts";

export function timed(limitMs: number): Layer {
  const open = new Map<object, { endMs: number; giveUp: () => void }>();
  const look = () => {
    const nowMs = performance.now();
    for (const { endMs, giveUp } of open.values()) {
      if (endMs > nowMs) return; // all have the same time, so those behind it have more
      giveUp();
    }
  };
  setInterval(look, Math.min(LONGEST_LOOK_MS, limitMs / 4)).unref();

  return (visit, next) =>
    new Promise((resolve, reject) => {
      const giveUp = () => {
        open.delete(visit);
        const error = new BsvError("too_slow", `The request took longer than ${limitMs / 1000} s`);
        reject(error); // where no answer has begun
        visit.breakOff(error); // where one has
      };
      open.set(visit, { endMs: visit.startedAtMs + limitMs, giveUp });
      visit.atEnd.push(() => open.delete(visit));
      next().then(resolve, reject);
    });
}

// --- internal ---

const LONGEST_LOOK_MS = 1000;
