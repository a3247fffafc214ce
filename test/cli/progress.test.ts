import { expect, test } from "bun:test";
import type { Output } from "#cli/output/output.ts";
import { monitorFor, progressLine, Rate } from "#cli/output/progress.ts";
import { trial } from "./harness.ts";

/** An Output that keeps what it is told; a terminal when it has a width. */
function listener(width: number | undefined) {
  const told: string[] = [];
  const out = {
    isJson: false,
    isQuiet: false,
    statusWidth: width,
    note: (text: string) => told.push(text),
    status: (text: string) => told.push(text),
  };
  return { told, out: out as unknown as Output };
}

test("a terminal's line is redrawn at most ten times a second", () => {
  const { told, out } = listener(79);
  let now = 0;
  const monitor = monitorFor(out, false, () => now);
  for (; now < 10_000; now += 1) monitor.progress({ phase: "hash", files: now, bytes: now * 1000 });
  expect(told.length).toBe(100);
  expect(told.at(-1)).toBe("hash  9,900 files  9.44 MiB  977 KiB/s");
});

test("elsewhere a plain line comes every 30 s", () => {
  const { told, out } = listener(undefined);
  let now = 0;
  const monitor = monitorFor(out, false, () => now);
  for (; now <= 100_000; now += 50) monitor.progress({ phase: "walk", files: now, bytes: 0 });
  expect(told).toEqual([
    "0:30  walk  30,000 files  0 B",
    "1:00  walk  60,000 files  0 B",
    "1:30  walk  90,000 files  0 B",
  ]);
});

test("a narrow terminal loses the last parts, and no line is wider than it", () => {
  for (let width = 20; width < 100; width++) {
    const { told, out } = listener(width);
    let now = 0;
    const monitor = monitorFor(out, false, () => now);
    const totals = { totalFiles: 1_000_000, totalBytes: 5e12 };
    for (; now < 1000; now += 100)
      monitor.progress({ phase: "hash", files: now * 100, bytes: now * 1e8, ...totals });
    for (const line of told) expect(line.length).toBeLessThanOrEqual(width);
    expect(told.at(-1)).toStartWith("hash  1%");
  }
});

test("with totals the line tells the part that is done and the time that is left", () => {
  const totals = { totalFiles: 100, totalBytes: 1000 * 2 ** 20 };
  const rate = new Rate({ phase: "hash", files: 0, bytes: 0 }, 0);
  const at = { phase: "hash", files: 25, bytes: 250 * 2 ** 20, ...totals };
  rate.sample(at, 2500);
  expect(progressLine(at, rate).join("  ")).toBe(
    "hash  25%  25/100 files  250 MiB of 1000 MiB  100 MiB/s  ETA 0:08",
  );
});

test("the rate follows a change within seconds", () => {
  const rate = new Rate({ phase: "hash", files: 0, bytes: 0 }, 0);
  let bytes = 0;
  for (let now = 100; now <= 60_000; now += 100) {
    bytes += now <= 30_000 ? 1000 : 100_000;
    rate.sample({ phase: "hash", files: 0, bytes }, now);
    if (now === 30_000) expect(rate.bytesPerMs).toBeCloseTo(10, 3);
    if (now === 45_000) expect(rate.bytesPerMs).toBeGreaterThan(900);
  }
});

test("--json: events whose last line is the summary, names exact; -q: none", async () => {
  const child = trial(["dawdle", "--json", "--seconds", "2.3", "--totals"]);
  const events = (await child.stdout.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const of = (type: string) => events.filter((event) => event.type === type);
  expect(of("trouble")[0].path).toBe("/x/\u001b[2Jy\\");
  expect(of("progress").length).toBe(2);
  expect(of("progress")[0]).toMatchObject({ phase: "hash", total_files: 46_000 });
  expect(events.at(-1)).toEqual({ type: "summary", files: 46_000 });
  expect(await child.exited).toBe(3);
  expect(await child.stderr.text()).toBe("");
});

test("I12: a name in a warning is escaped; -q keeps warnings and drops progress", async () => {
  const child = trial(["dawdle", "-q", "--seconds", "1.1"]);
  expect(await child.stderr.text()).toBe(
    "bsv: warning: /x/\\x1b[2Jy\\\\: EACCES: permission denied\n",
  );
  expect(await child.stdout.text()).toBe("all hashed\n");
});
