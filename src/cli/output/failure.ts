// An error as the user meets it: one shape for text and JSON, with the code and the exit code it stands for.
import { BsvError, type ErrorCode } from "#core/errors.ts";
import { exitOfError, exitOfSignal } from "#cli/exit.ts";

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;
  readonly exit: number;
}

/** Errors of the system that are no bug become what they are; whatever nobody foresaw is `internal`. */
export function failureOf(error: unknown): Failure {
  if (error instanceof BsvError) {
    const { code, message, hint, details } = error;
    const exit = code === "interrupted" ? exitOfInterruption(details) : exitOfError[code];
    return { code, message, hint, details, exit };
  }
  const message = error instanceof Error ? error.message : String(error);
  const systemCode = (error as NodeJS.ErrnoException | null)?.code;
  const isFull = systemCode === "ENOSPC" || systemCode === "EDQUOT";
  const code = isFull ? "disk_full" : "internal";
  const hint = isFull
    ? "Make room and try again; nothing half-written was kept"
    : "Nobody foresaw this: run it again with -v to see where it arose, and report it";
  return { code, message, hint, details: {}, exit: exitOfError[code] };
}

// --- internal ---

const exitOfInterruption = ({ signal }: Record<string, unknown>): number =>
  exitOfSignal[signal as keyof typeof exitOfSignal] ?? exitOfError.interrupted;
