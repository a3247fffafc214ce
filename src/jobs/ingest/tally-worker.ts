// A thread that makes lines of entries, and counts and hashes them: see tallying.ts.
import { EntryTally } from "#core/document.ts";
import { entriesIn, type PackedRows } from "#db/packed-rows.ts";
import { newSha256 } from "#disk/sha256.ts";
import type { TallyAnswer, TallyStart } from "./tallying.ts";

declare const self: Worker;

self.onmessage = ({ data: { port, answered } }: MessageEvent<TallyStart>) => {
  const tally = new EntryTally(newSha256);
  port.onmessage = ({ data }: { data: PackedRows | "end" }) => {
    port.postMessage(answerTo(data));
    Atomics.add(answered, 0, 1);
    Atomics.notify(answered, 0);
  };

  function answerTo(asked: PackedRows | "end"): TallyAnswer {
    try {
      if (asked === "end") return { kind: "end", tally: tally.end() };
      for (const entry of entriesIn(asked)) tally.add(entry);
      return { kind: "added" };
    } catch (error) {
      return { kind: "failed", error };
    }
  }
};

self.postMessage("started");
