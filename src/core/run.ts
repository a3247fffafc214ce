// What a job is given beside its input: when to stop, whom to tell, what time it is. Jobs never print, never read the clock.

/** Told of progress and of trouble with single items while a job runs. Must return quickly and never throw. */
export interface Monitor {
  /** How far the job is; called often, so the listener thins it out. */
  progress(progress: Progress): void;
  /** One item could not be done as asked; it is recorded, and the run goes on. */
  trouble(trouble: Trouble): void;
  /** Something the user should know that is no item's trouble. */
  note(text: string): void;
}

export interface Progress {
  /** What is being done: `walk`, `hash`, `store`, `send` … */
  phase: string;
  files: number;
  bytes: number;
  /** Known totals, where there are any. */
  totalFiles?: number;
  totalBytes?: number;
}

export interface Trouble {
  path: string;
  /** A stable code and a reason, as in an entry's `error`. */
  error: string;
}

export interface Run {
  readonly signal: AbortSignal;
  readonly monitor: Monitor;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

/** For a run that nobody watches. */
export const NOBODY: Monitor = { progress() {}, trouble() {}, note() {} };
