// How far a job is: one line, redrawn at most ten times a second on a terminal; a plain line every 30 s elsewhere; NDJSON
// events with --json; nothing with -q. Also hands on what the job has to tell of single items.
import type { Monitor, Progress, Trouble } from "#core/run.ts";
import { printable } from "./escape.ts";
import type { Output } from "./output.ts";
import { bytesText, countText, durationText } from "./units.ts";

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 30_000;
const EVENT_MS = 1_000;
/** A rate remembers about this long: quick enough to follow, slow enough to read. */
const RATE_MEMORY_MS = 5_000;

/** The monitor of a job run by a command; `hasEvents` if its --json output is a stream of events; `clock` is monotonic. */
export function monitorFor(
  out: Output,
  hasEvents: boolean,
  clock = () => performance.now(),
): Monitor {
  const startedAt = clock();
  const isEvents = out.isJson && hasEvents;
  const everyMs = isEvents ? EVENT_MS : out.statusWidth === undefined ? PLAIN_LINE_MS : REDRAW_MS;
  let toldAt = out.statusWidth === undefined ? startedAt : -Infinity;
  let rate: Rate | undefined;

  return {
    progress(progress) {
      if (out.isQuiet) return;
      const now = clock();
      if (now - toldAt < everyMs) return;
      toldAt = now;
      if (rate?.phase !== progress.phase) rate = new Rate(progress, now);
      rate.sample(progress, now);
      const elapsedMs = now - startedAt;
      if (isEvents) return tell("progress", progressEvent(progress, elapsedMs));
      const width = out.statusWidth;
      const line = progressLine(progress, rate);
      if (width === undefined) out.note(`${durationText(elapsedMs)}  ${line.join("  ")}`);
      else out.status(fitting(line, width));
    },
    trouble(trouble: Trouble) {
      if (isEvents) tell("trouble", trouble);
      else out.warn(`${printable(trouble.path)}: ${trouble.error}`);
    },
    note(text) {
      if (isEvents) tell("note", { text });
      else out.note(text);
    },
  };

  function tell(type: string, facts: object): void {
    // A monitor may not wait or throw; a stdout that fails aborts the run by Output's own means.
    out.event(type, facts).catch(() => undefined);
  }
}

/** The parts of the line, most important first. */
export function progressLine(progress: Progress, rate: Rate): string[] {
  const { files, bytes, totalFiles, totalBytes } = progress;
  const part = totalBytes ? bytes / totalBytes : totalFiles ? files / totalFiles : undefined;
  const percent = part === undefined ? [] : [`${Math.min(100, Math.floor(part * 100))}%`];
  const etaMs = rate.remainingMs(progress);
  return [
    progress.phase,
    ...percent,
    `${countText(files)}${totalFiles === undefined ? "" : `/${countText(totalFiles)}`} files`,
    `${bytesText(bytes)}${totalBytes === undefined ? "" : ` of ${bytesText(totalBytes)}`}`,
    ...(rate.bytesPerMs > 0 ? [`${bytesText(Math.round(rate.bytesPerMs * 1000))}/s`] : []),
    ...(etaMs === undefined ? [] : [`ETA ${durationText(etaMs)}`]),
  ];
}

/** How quick a phase is now: a moving average that forgets exponentially. */
export class Rate {
  readonly phase: string;
  bytesPerMs = 0;
  filesPerMs = 0;
  #last: { at: number; files: number; bytes: number };
  #weight = 0;

  constructor(start: Progress, at: number) {
    this.phase = start.phase;
    this.#last = { at, files: start.files, bytes: start.bytes };
  }

  sample(progress: Progress, at: number): void {
    const elapsedMs = at - this.#last.at;
    if (elapsedMs <= 0) return;
    // The weight of the past starts at nothing, so that the first samples count fully.
    const past = this.#weight * Math.exp(-elapsedMs / RATE_MEMORY_MS);
    const now = 1 - Math.exp(-elapsedMs / RATE_MEMORY_MS);
    const mean = (before: number, delta: number): number =>
      (before * past + (delta / elapsedMs) * now) / (past + now);
    this.bytesPerMs = mean(this.bytesPerMs, progress.bytes - this.#last.bytes);
    this.filesPerMs = mean(this.filesPerMs, progress.files - this.#last.files);
    this.#weight = past + now;
    this.#last = { at, files: progress.files, bytes: progress.bytes };
  }

  /** By bytes where their total is known, else by files; undefined while nothing can be said. */
  remainingMs(progress: Progress): number | undefined {
    if (progress.totalBytes !== undefined && this.bytesPerMs > 0)
      return Math.max(0, progress.totalBytes - progress.bytes) / this.bytesPerMs;
    if (progress.totalFiles !== undefined && this.filesPerMs > 0)
      return Math.max(0, progress.totalFiles - progress.files) / this.filesPerMs;
    return undefined;
  }
}

// --- internal ---

function progressEvent(
  { phase, files, bytes, totalFiles, totalBytes }: Progress,
  elapsedMs: number,
) {
  return {
    phase,
    files,
    bytes,
    ...(totalFiles === undefined ? {} : { total_files: totalFiles }),
    ...(totalBytes === undefined ? {} : { total_bytes: totalBytes }),
    elapsed_ms: Math.round(elapsedMs),
  };
}

/** As many parts as the width holds; a narrow terminal loses the last ones, and never wraps. */
function fitting(parts: readonly string[], width: number): string {
  let line = "";
  for (const part of parts) {
    const longer = line === "" ? part : `${line}  ${part}`;
    if (longer.length > width) break;
    line = longer;
  }
  return line === "" ? parts.join(" ").slice(0, width) : line;
}
