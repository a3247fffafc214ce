// The log on stderr: a line of JSON for each thing that is told. All ASCII: a path is what a stranger wrote, and a log is read on
// terminals. All lines of one turn of the event loop are written at once, for a write costs as much as a small answer.
import type { Log } from "./layers/request-log.ts";

export const logToStderr: Log = (line) => {
  if (waiting === "") setImmediate(write);
  waiting += `${asciiOf(JSON.stringify(line))}\n`;
};

// --- internal ---

let waiting = "";

function write(): void {
  const lines = waiting;
  waiting = "";
  if (lines !== "") process.stderr.write(lines);
}

process.on("exit", write);

const NOT_ASCII = /[\u007f-\uffff]/;

function asciiOf(json: string): string {
  if (!NOT_ASCII.test(json)) return json;
  return json.replaceAll(
    new RegExp(NOT_ASCII, "g"),
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
