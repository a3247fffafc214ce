import { expect, test } from "bun:test";
import { trial } from "./harness.ts";

/** Starts a trial command, waits until it says `word` on stderr, sends the signals, and returns what it left. */
async function interrupted(args: string[], ...signals: [word: string, name: NodeJS.Signals][]) {
  const child = trial(args);
  const stdout = child.stdout.text();
  let stderr = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    stderr += decoder.decode(chunk);
    while (signals.length > 0 && stderr.includes(signals[0]![0])) child.kill(signals.shift()![1]);
  }
  return { exit: await child.exited, stdout: await stdout, stderr };
}

test("the first Ctrl-C asks: the command tidies up, exit 130", async () => {
  expect(await interrupted(["wait"], ["waiting", "SIGINT"])).toEqual({
    exit: 130,
    stdout: "",
    stderr:
      "bsv: warning: waiting\nInterrupted: tidying up; once more stops at once\nbsv: warning: tidied up\n",
  });
});

test("SIGTERM and a lost terminal ask in the same way, exit 143 and 129", async () => {
  expect((await interrupted(["wait"], ["waiting", "SIGTERM"])).exit).toBe(143);
  expect((await interrupted(["wait"], ["waiting", "SIGHUP"])).exit).toBe(129);
});

test("the second Ctrl-C stops at once", async () => {
  const ran = await interrupted(["stubborn"], ["waiting", "SIGINT"], ["asked", "SIGINT"]);
  expect(ran.exit).toBe(130);
});

test("a command that ends well although it was asked to stop has done its work, exit 0", async () => {
  expect((await interrupted(["graceful"], ["waiting", "SIGTERM"])).exit).toBe(0);
});

test("with --json the last line is the error interrupted", async () => {
  const ran = await interrupted(["wait", "--json"], ["waiting", "SIGINT"]);
  expect(JSON.parse(ran.stdout)).toMatchObject({ type: "error", code: "interrupted", exit: 130 });
});

test("a reader that leaves in the middle ends the command quietly, and at once", async () => {
  for (const flags of [[], ["--json"]]) {
    const child = trial(["flood", ...flags]);
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    expect(await child.stderr.text()).toBe("");
    expect(await child.exited).toBe(141);
  }
});

test("errors nobody foresaw are told, with -v where they arose; the exit codes stand", async () => {
  const ran = async (...args: string[]) => {
    const child = trial(["fail", ...args]);
    return { exit: await child.exited, stderr: await child.stderr.text() };
  };
  const bug = await ran("--how", "bug", "-v");
  expect(bug.exit).toBe(1);
  expect(bug.stderr).toContain(
    "bsv: error: x is not a function [internal]\nbsv: hint: Nobody foresaw",
  );
  expect(bug.stderr).toContain("caused by Error: deeper\n");
  expect(bug.stderr).toContain("bsv: warning: While tidying up: cannot close\n");
  expect(await ran("--how", "disk")).toMatchObject({ exit: 1 });
  const stray = await ran("--how", "stray");
  expect(stray.exit).toBe(1);
  expect(stray.stderr).toStartWith("bsv: error: nobody waited for this [internal]\n");
  const locked = await ran("--how", "locked");
  expect(locked.exit).toBe(8);
  expect(locked.stderr).toContain("bsv: error: Another bsv scans \\xe2\\x80\\xaeset [locked]\n");
});
