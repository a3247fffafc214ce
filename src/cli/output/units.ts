// Numbers for people: sizes, counts, durations, ages. Plain ASCII, no locale: the same words on every machine.

/** `0 B`, `1023 B`, `1.00 KiB`, `87.3 MiB`, `1.21 GiB`: three digits that count, four at most. */
export function bytesText(bytes: number): string {
  if (bytes < 1023.5) return `${Math.round(bytes)} B`;
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1023.5 && unit < UNITS.length - 1; unit++) value /= 1024;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${fixed(value, digits)} ${UNITS[unit]}`;
}

/** `1,234,567`. */
export function countText(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 file`, `2 files`, `1,000 files`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** `0:07`, `12:05`, `1:02:03`, `3d 4:05:06`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const minutes = (seconds % 3600) / 60;
  if (days > 0) return `${days}d ${hours}:${two(minutes)}:${two(seconds % 60)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `${Math.floor(minutes)}:${two(seconds % 60)}`;
}

/** `just now`, `5 minutes ago`, `3 days ago`, `in 2 hours`. */
export function ageText(atMs: number, nowMs: number): string {
  const seconds = Math.round(Math.abs(nowMs - atMs) / 1000);
  const step = STEPS.find(([, size]) => seconds >= size);
  if (step === undefined || seconds < 10) return "just now";
  const span = plural(Math.floor(seconds / step[1]), step[0]);
  return atMs > nowMs ? `in ${span}` : `${span} ago`;
}

// --- internal ---

/** As `toFixed`, which takes five times as long: that shows in a million lines. A size divided by powers of two is exact, and stays so. */
function fixed(value: number, digits: 0 | 1 | 2): string {
  if (digits === 0) return String(Math.round(value));
  const parts = digits === 1 ? 10 : 100;
  const whole = Math.floor(value);
  const rest = Math.round((value - whole) * parts);
  if (rest === parts) return `${whole + 1}.${digits === 1 ? "0" : "00"}`;
  return digits === 2 && rest < 10 ? `${whole}.0${rest}` : `${whole}.${rest}`;
}

const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"];

const STEPS: readonly [string, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
