// The kernel with commands made for trials: they wait, flood, fail and dawdle as no command of bsv should.
import { defineCommand } from "#cli/command.ts";
import { runLine } from "#cli/kernel.ts";
import { BsvError } from "#core/errors.ts";

const common = { examples: [], exits: [] } as const;
const forEver = () => new Promise<never>(() => setInterval(() => undefined, 1000));

const commands = {
  wait: defineCommand({
    ...common,
    json: "events",
    async run({ out, run }) {
      out.warn("waiting");
      await new Promise((resolve) => {
        run.signal.addEventListener("abort", resolve);
        setTimeout(resolve, 20_000);
      });
      await Bun.sleep(50);
      out.warn("tidied up");
      run.signal.throwIfAborted();
      return "done";
    },
  }),
  graceful: defineCommand({
    ...common,
    async run({ out, run }) {
      out.warn("waiting");
      await new Promise((resolve) => run.signal.addEventListener("abort", resolve));
      return "done";
    },
  }),
  stubborn: defineCommand({
    ...common,
    async run({ out, run }) {
      out.warn("waiting");
      run.signal.addEventListener("abort", () => out.warn("asked"));
      return forEver();
    },
  }),
  flood: defineCommand({
    ...common,
    json: "events",
    async run({ out, run }) {
      for (let line = 0; ; line++) {
        run.signal.throwIfAborted();
        if (out.isJson) await out.event("line", { line });
        else await out.write(`line ${line}\n`);
      }
    },
  }),
  dawdle: defineCommand({
    ...common,
    json: "events",
    args: {
      seconds: { type: "string", default: "3", read: Number },
      totals: { type: "boolean" },
    },
    async run({ out, run }, { seconds, totals }) {
      const totalBytes = seconds * 500_000_000;
      const known = totals ? { totalBytes, totalFiles: seconds * 20_000 } : {};
      const startedAt = performance.now();
      let told = 0;
      for (let passed = 0; passed < seconds; passed = (performance.now() - startedAt) / 1000) {
        const files = Math.floor(passed * 20_000);
        const bytes = Math.floor(passed * 500_000_000);
        run.monitor.progress({ phase: "hash", files, bytes, ...known });
        if (files % 7 === 0) await Bun.sleep(1);
        if (Math.floor(passed) > told) {
          told = Math.floor(passed);
          run.monitor.trouble({ path: "/x/\u001b[2Jy\\", error: "EACCES: permission denied" });
        }
        run.signal.throwIfAborted();
      }
      await out.event("summary", { files: seconds * 20_000 });
      if (!out.isJson) await out.write("all hashed\n");
      return "incomplete";
    },
  }),
  fail: defineCommand({
    ...common,
    json: "events",
    args: { how: { type: "enum", options: ["bug", "disk", "locked", "stray"] } },
    async run(context, { how }) {
      context.atEnd(() => {
        throw new Error("cannot close");
      });
      if (how === "stray") {
        void Promise.reject(new Error("nobody waited for this"));
        await forEver();
      }
      if (how === "bug") throw new TypeError("x is not a function", { cause: new Error("deeper") });
      if (how === "disk")
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      throw new BsvError("locked", "Another bsv scans \u202eset", { details: { pid: 1 } });
    },
  }),
};

const registry = Object.fromEntries(
  Object.entries(commands).map(([verb, command]) => [
    verb,
    { summary: `Try ${verb}`, load: async () => ({ default: command }) },
  ]),
);
process.exit(await runLine(process.argv.slice(2), registry as never));
