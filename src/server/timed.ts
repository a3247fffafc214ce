// The time a request has, whatever it is busy with: its body, the store, or a reader who takes a byte now and then.
import { BsvError } from "#core/errors.ts";
import type { Layer } from "./visit.ts";

export function timed(limitMs: number): Layer {
  return async (visit, next) => {
    const over = Promise.withResolvers<never>();
    over.promise.catch(nobodyWaits);
    const timer = setTimeout(() => {
      const error = new BsvError("too_slow", `The request took longer than ${limitMs / 1000} s`);
      over.reject(error);
      visit.breakOff(error);
    }, limitMs);
    visit.atEnd.push(() => clearTimeout(timer));
    return Promise.race([next(), over.promise]);
  };
}

// --- internal ---

/** The answer had begun before the time was over: it is broken off instead. */
function nobodyWaits(): void {}
