// mtree's specifications, as BSD, NetBSD's portable mtree and libarchive write them: nested folders closed by `..`, or a full path on
// each line; `/set` defaults; lines continued by a backslash. We write full paths, with every folder before what is in it.
import type { Entry } from "#core/entry.ts";
import { pathText } from "#core/path-bytes.ts";
import { strongest, sumAt, type SumLine, type SumsReader } from "./sum.ts";
import { unvis, vis } from "./vis.ts";
import type { SumsWriter } from "./writer.ts";

export function mtreeReader(): SumsReader {
  return new MtreeReader();
}

/** A writer remembers which folders it has named. */
export function mtreeWriter(): SumsWriter {
  let named: string[] = [];
  return {
    omits: ["inodes"],
    start: ({ snapshotId, machineId, setName, timestamp }) =>
      `#mtree\n# ${machineId}/${setName} ${timestamp}, bsv snapshot ${snapshotId}\n. type=dir\n`,
    line(entry) {
      const facts = factsOf(entry);
      if (facts === undefined) return { reason: "unreadable" };
      const path = entry.path.replace(/^\/+/, "");
      const folders = path.split("/").slice(0, -1);
      const known = folders.findIndex((folder, depth) => named[depth] !== folder);
      const from = known < 0 ? folders.length : known;
      const added = folders.slice(from).map((_, at) => folders.slice(0, from + at + 1).join("/"));
      named = folders;
      return [
        ...added.map((folder) => `./${vis(folder)} type=dir\n`),
        `./${vis(path)} ${facts}\n`,
      ].join("");
    },
  };
}

// --- internal ---

/** Longer specifications of one file are none. */
const MAX_CONTINUED = 100;

class MtreeReader implements SumsReader {
  #folder: string[] = [];
  #defaults: Record<string, string> = {};
  #open: { text: string; line: number; count: number } | undefined;

  read(bytes: Buffer, line: number): SumLine | undefined {
    const raw = bytes.toString("latin1");
    if (this.#open === undefined && /^\s*(?:#|$)/.test(raw)) return undefined;
    const isContinued = /(?:^|[^\\])(?:\\\\)*\\$/.test(raw);
    const open = this.#open ?? { text: "", line, count: 0 };
    open.text += ` ${isContinued ? raw.slice(0, -1) : raw}`;
    this.#open = undefined;
    if (isContinued && ++open.count < MAX_CONTINUED) {
      this.#open = open;
      return undefined;
    }
    return this.#whole(open.text.trim().split(/[ \t]+/), open.line);
  }

  finish(): SumLine | undefined {
    const open = this.#open;
    return open && { line: open.line, problem: "goes on behind the end" };
  }

  #whole([word, ...rest]: string[], line: number): SumLine | undefined {
    if (word === undefined || word === "") return undefined;
    const keys = Object.fromEntries(rest.map(keyValue));
    if (word === "/set") this.#defaults = { ...this.#defaults, ...keys };
    else if (word === "/unset") for (const key of rest) delete this.#defaults[key];
    else if (word === "..") this.#folder.pop();
    else return this.#file(word, { ...this.#defaults, ...keys }, line);
    return undefined;
  }

  #file(word: string, keys: Record<string, string>, line: number): SumLine | undefined {
    const name = unvis(word);
    if (name === undefined) return { line, problem: "the name has an escape that is none" };
    const isFull = word.includes("/");
    const text = name.toString("latin1");
    if (keys["type"] === "dir") {
      if (!isFull && text !== ".") this.#folder.push(text);
      return undefined;
    }
    const type = keys["type"] ?? "file";
    if (type !== "file" && type !== "link") return undefined; // devices and pipes are not witnessed
    const path = isFull ? text : [...this.#folder, text].join("/");
    const told = toldBy(keys, type === "link");
    return typeof told === "string"
      ? { line, problem: told }
      : sumAt(Buffer.from(path, "latin1"), { line, ...told });
  }
}

function keyValue(word: string): [string, string] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** What the keywords say; a string is the problem with them. */
function toldBy(keys: Record<string, string>, isLink: boolean) {
  const { size, time, link, inode } = keys;
  if (size !== undefined && !/^\d{1,15}$/.test(size)) return "the size is no number";
  const mtimeUs = time === undefined ? null : timeUs(time);
  if (mtimeUs === undefined) return "the time is none";
  const target = link === undefined || !isLink ? null : unvis(link);
  if (target === undefined) return "the link has an escape that is none";
  const digests: Record<string, string> = {};
  for (const [key, value] of Object.entries(keys)) {
    const algorithm = /^(md5|sha1|sha256|sha384|sha512|rmd160|ripemd160)(?:digest)?$/.exec(
      key,
    )?.[1];
    if (algorithm === undefined) continue;
    if (!/^[0-9A-Fa-f]{32,128}$/.test(value)) return `the ${key} is no checksum`;
    digests[algorithm] = value;
  }
  return {
    type: isLink ? ("symlink" as const) : ("file" as const),
    sizeBytes: size === undefined ? null : Number(size),
    mtimeUs,
    target: target === null ? null : pathText(target),
    inode: inode !== undefined && /^\d{1,15}$/.test(inode) ? Number(inode) : null,
    ...strongest(isLink ? {} : digests),
  };
}

/** What stands behind the point are nanoseconds as a whole number: `5.7` is 5 s and 7 ns. */
function timeUs(text: string): number | undefined {
  const match = /^(-?\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * 1e6 + Math.floor(Number(match[2] ?? 0) / 1000);
}

function factsOf({ type, target, sizeBytes, mtimeUs, checksum, error }: Entry): string | undefined {
  if (error !== null) return undefined;
  const seconds = Math.floor(mtimeUs! / 1e6);
  const nanoseconds = (mtimeUs! - seconds * 1e6) * 1000;
  const time = `time=${seconds}.${String(nanoseconds).padStart(9, "0")}`;
  if (type === "symlink") return `type=link size=${sizeBytes} ${time} link=${vis(target!)}`;
  const key = checksum === null ? "" : (KEY_OF_LENGTH[checksum.length] ?? "");
  return `type=file size=${sizeBytes} ${time}${key === "" ? "" : ` ${key}=${checksum}`}`;
}

const KEY_OF_LENGTH: Readonly<Record<number, string>> = {
  32: "md5digest",
  40: "sha1digest",
  64: "sha256digest",
  96: "sha384digest",
  128: "sha512digest",
};
