// A cycle of re-reading: when each file must have been read again, what a run has to read for that, and whether what is read each day
// will do. Whoever is due first is read first, which is the best order there is: if it misses a date, every order does (Liu and
// Layland, 1973, on earliest deadlines).

/** What is known of one file's last reading. */
export interface Reread {
  readonly sizeBytes: number;
  /** 0: never, on this disk. */
  readonly readAtMs: number;
  /** First read after scrubbing had begun, and not again since: a disk that took it wrongly should be found out soon. */
  readonly isNew: boolean;
}

export const DAY_MS = 86_400_000;

export function dueAtMs({ readAtMs, isNew }: Reread, cycleMs: number): number {
  return readAtMs + (isNew ? Math.min(DAY_MS, cycleMs) : cycleMs);
}

/**
 * What one run should read: for the time since the last one its share, at the pace at which no date is missed. `files` by the date they
 * are due, the first first; at most all of them.
 */
export function shareOf(
  files: Iterable<{ readonly sizeBytes: number; readonly dueAtMs: number }>,
  sinceMs: number,
  cycleMs: number,
  nowMs: number,
): number {
  let [bytes, perMs] = [0, 0];
  for (const { sizeBytes, dueAtMs } of files) {
    bytes += sizeBytes;
    perMs = Math.max(perMs, bytes / Math.max(DAY_MS, dueAtMs - nowMs));
  }
  const pace = Math.max(perMs, bytes / cycleMs);
  return Math.min(bytes, Math.ceil(pace * Math.max(0, sinceMs)));
}

export interface Outlook {
  /** When every file will have been read again at this pace; null where nothing is read at all. */
  readonly completeAtMs: number | null;
  /** Files that will be read too late, or are too late already, and by how much at worst. */
  readonly lateFiles: number;
  readonly lateBytes: number;
  readonly lateByMs: number;
}

/** `files` by the date they are due, the first first. A day of grace: runs come once a day. */
export function outlook(
  files: Iterable<{ readonly sizeBytes: number; readonly dueAtMs: number }>,
  bytesPerDay: number,
  nowMs: number,
): Outlook {
  let bytes = 0;
  const late = { lateFiles: 0, lateBytes: 0, lateByMs: 0 };
  for (const one of files) {
    bytes += one.sizeBytes;
    const readAtMs = bytes === 0 ? nowMs : nowMs + (bytes / bytesPerDay) * DAY_MS;
    const byMs = readAtMs - one.dueAtMs;
    if (byMs <= DAY_MS) continue;
    late.lateFiles++;
    late.lateBytes += one.sizeBytes;
    late.lateByMs = Math.max(late.lateByMs, byMs);
  }
  const isNever = bytes > 0 && bytesPerDay <= 0;
  return {
    completeAtMs: isNever ? null : nowMs + (bytes === 0 ? 0 : (bytes / bytesPerDay) * DAY_MS),
    ...late,
  };
}
