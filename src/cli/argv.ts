// The words of the command line, exact. Bun decodes them as UTF-8 and loses what is none: a path given to bsv would name
// another file, or nothing (I5). On Linux the kernel still has the bytes.
import { pathText } from "#core/path-bytes.ts";

export async function exactArguments(): Promise<string[]> {
  const words = process.argv.slice(2);
  if (process.platform !== "linux" || !words.some((word) => word.includes("\ufffd"))) return words;
  const bytes = Buffer.from(await Bun.file("/proc/self/cmdline").bytes());
  const exact: string[] = [];
  for (let start = 0; start < bytes.length;) {
    const nul = bytes.indexOf(0, start);
    const end = nul < 0 ? bytes.length : nul;
    exact.push(pathText(bytes.subarray(start, end)));
    start = end + 1;
  }
  // Ours are the last ones, whatever stands before them (bun, its flags, main.ts).
  return exact.slice(-words.length);
}
