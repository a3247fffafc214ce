// A document on its way in: entries are judged as they come and sorted on disk; the header is judged when all of it is
// known, for in JSON it may stand behind the files.
import { judgeChange } from "#core/change-json.ts";
import { changeLine, put } from "#core/delta.ts";
import { headerSchema, type SnapshotHeader } from "#core/document.ts";
import { judgeEntry } from "#core/entry-json.ts";
import { entryLine, jsonText, type Entry } from "#core/entry.ts";
import type { BsvError } from "#core/errors.ts";
import { withExactInode } from "#core/exact-inode.ts";
import type { DocumentSink } from "#core/json-stream.ts";
import { problem } from "#core/lines.ts";
import { pathOfKey } from "#core/order.ts";
import { readPlainEntry } from "#core/plain-entry.ts";
import { parseStrict } from "#core/strict-json.ts";
import { parseTimestamp, timestampText } from "#core/timestamp.ts";
import type { ChangeSorter, Written } from "#disk/change-sorter.ts";

/** A document's header, judged; its entries wait in the sorter. */
export interface Incoming {
  readonly header: SnapshotHeader;
  /** Compact JSON without `snapshot_id` and `base`: what a format 1 id is the hash of. */
  readonly headerText: string;
  readonly timestampMs: number;
  /** Whether it speaks format 1, and so must prove its hashes; else a foreign writer's. */
  readonly isOurs: boolean;
  readonly givenId: string | null;
  /** What the entries are a difference to; null: they are the whole list. */
  readonly baseId: string | null;
  /** The line to blame for what is wrong with a member of the header. */
  lineOf(member: string): number;
}

/** A foreign writer's id becomes part of URLs. */
const CLIENT_ID = /^[0-9A-Za-z._:-]{1,128}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const ENTRY_KEYS = new Set("path type target size mtime inode checksum error removed".split(" "));

export class Intake implements DocumentSink {
  readonly #sorter: ChangeSorter;
  readonly #entryDepth: number;
  readonly #members = new Map<string, { value: unknown; line: number }>();
  /** The first lines (0: none) with something that only some headers allow. */
  #removalLine = 0;
  #unknownKeyLine = 0;
  #otherHashLine = 0;
  #plainInodeLine = 0;

  /** `depth`: of a whole document, in which an entry stands two levels down. */
  constructor(sorter: ChangeSorter, depth: number) {
    this.#sorter = sorter;
    this.#entryDepth = depth - 2;
  }

  member(name: string, value: unknown, line: number): void {
    this.#members.set(name, { value, line });
  }

  entry(text: string, line: number): void {
    const placed = this.#read(text, line);
    const { entry } = placed.change;
    if (entry === null) this.#removalLine ||= line;
    else if (entry.type === "file" && entry.error === null && entry.checksum?.length !== 64) {
      this.#otherHashLine ||= line;
    }
    this.#sorter.add(placed);
  }

  /** Call when the whole document has been read. Throws `invalid_document` with the first offending line. */
  judge(): Incoming {
    const header = this.#header();
    const isOurs = header.format !== undefined;
    const timestampMs = this.#timestamp(header);
    const givenId = this.#id("snapshot_id", isOurs ? SHA256 : CLIENT_ID);
    const baseId = this.#id("base", SHA256);
    if (isOurs) this.#judgeOurs(header);
    if (baseId === null && this.#removalLine > 0) {
      throw refusal(this.#removalLine, "removed: only a difference to a base has removals");
    }
    if (baseId !== null && !isOurs) {
      throw this.#refuse("base", "base: only a document of format 1 can be a difference");
    }
    const fields = this.#fields().map(([name, value]) => `${jsonText(name)}:${jsonText(value)}`);
    const headerText = `{${fields.join(",")}}`;
    const lineOf = (member: string) => this.#lineOf(member);
    return { header, headerText, timestampMs, isOurs, givenId, baseId, lineOf };
  }

  #read(text: string, line: number): Written {
    // What is canonical to the byte holds no key twice: nearly all lines of our own writers pass here.
    const entry = canonicalEntry(text);
    if (entry !== undefined) return { change: put(entry), text, line };
    const parsed = parseStrict(text, this.#entryDepth);
    if ("problem" in parsed) throw problem("malformed", line, `The entry ${parsed.problem}`);
    const value = withExactInode(parsed.value, text);
    if (value !== parsed.value) this.#plainInodeLine ||= line;
    const judged = judgeChange(value);
    if ("problem" in judged) throw refusal(line, judged.problem, pathOf(parsed.value));
    if (!Object.keys(parsed.value as object).every((key) => ENTRY_KEYS.has(key))) {
      this.#unknownKeyLine ||= line;
    }
    const { change } = judged;
    const path = pathOfKey(change.key.folder, change.key.name);
    return { change, text: changeLine(change, path), line };
  }

  #header(): SnapshotHeader {
    const parsed = headerSchema.safeParse(Object.fromEntries(this.#fields()));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw this.#refuse(String(issue.path[0] ?? ""), `${issue.path.join(".")}: ${issue.message}`);
  }

  /** The members that the id is the hash of, as written. */
  #fields(): [string, unknown][] {
    return [...this.#members]
      .filter(([name]) => name !== "snapshot_id" && name !== "base")
      .map(([name, { value }]) => [name, value]);
  }

  #timestamp({ timestamp, format }: SnapshotHeader): number {
    const ms = parseTimestamp(timestamp);
    if (ms === undefined)
      throw this.#refuse("timestamp", "timestamp: is no RFC 3339 time between 1970 and 9999");
    if (format === undefined || timestampText(ms) === timestamp) return ms;
    throw this.#refuse("timestamp", `timestamp: format 1 writes it as ${timestampText(ms)}`);
  }

  #id(name: string, pattern: RegExp): string | null {
    const value = this.#members.get(name)?.value ?? null;
    if (value === null || (typeof value === "string" && pattern.test(value))) return value;
    throw this.#refuse(name, `${name}: is no id of a snapshot`);
  }

  #judgeOurs({ format, hash, tree_hash: treeHash }: SnapshotHeader): void {
    if (format !== 1) throw this.#refuse("format", `format: ${format} is not known to this bsv`);
    if (treeHash === undefined) throw this.#refuse("format", "tree_hash: is missing in format 1");
    if (this.#unknownKeyLine > 0) {
      throw refusal(this.#unknownKeyLine, "entry: has a key that format 1 does not know");
    }
    if (this.#plainInodeLine > 0) {
      throw refusal(this.#plainInodeLine, "inode: format 1 writes it as a string above 2^53−1");
    }
    if (hash === "sha256" && this.#otherHashLine > 0) {
      throw refusal(this.#otherHashLine, "checksum: is no SHA-256, which the header promises");
    }
  }

  #refuse(member: string, text: string): BsvError {
    return refusal(this.#lineOf(member), text);
  }

  #lineOf(member: string): number {
    return this.#members.get(member)?.line ?? 1;
  }
}

// --- internal ---

function refusal(line: number, text: string, details = {}): BsvError {
  return problem("invalid_document", line, text, details);
}

function canonicalEntry(text: string): Entry | undefined {
  const plain = readPlainEntry(text);
  if (plain !== undefined) return plain;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // parseStrict meets the same trouble, and names it
  }
  const judged = judgeEntry(value);
  return "entry" in judged && entryLine(judged.entry) === text ? judged.entry : undefined;
}

function pathOf(value: unknown): { path?: string } {
  const path = (value as { path?: unknown } | null)?.path;
  return typeof path === "string" ? { path } : {};
}
