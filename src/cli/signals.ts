// Ctrl-C. The first one asks: the signal aborts, jobs tidy up and nothing half-written stays. The second one ends the process
// at once.
import { BsvError } from "#core/errors.ts";
import { exitOfSignal } from "./exit.ts";

let hangup: (() => void) | undefined;

/** A daemon has no terminal to lose: SIGHUP means something else to it. */
export function insteadOfHangup(act: () => void): void {
  hangup = act;
}

/** Aborts `controller` at the first signal and calls `onFirst`; exits at the second. */
export function listenForSignals(controller: AbortController, onFirst: () => void): void {
  let isAsked = false;
  for (const signal of Object.keys(exitOfSignal) as (keyof typeof exitOfSignal)[]) {
    process.on(signal, () => {
      if (signal === "SIGHUP" && hangup !== undefined) return hangup();
      if (isAsked) process.exit(exitOfSignal[signal]);
      isAsked = true;
      onFirst();
      controller.abort(
        new BsvError("interrupted", `Interrupted by ${signal}`, { details: { signal } }),
      );
    });
  }
}
