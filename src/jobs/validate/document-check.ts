// Everything that is wrong with a snapshot document, found as it passes by: entries one after another, the header when all of it is
// known. Nothing is taken in; memory stays flat, for only so many problems are kept, and all are counted.
import { EntryTally, headerSchema, snapshotId, type SnapshotHeader } from "#core/document.ts";
import { entryProblems, judgeEntry } from "#core/entry-json.ts";
import { jsonText, type Entry } from "#core/entry.ts";
import { withExactInode } from "#core/exact-inode.ts";
import type { DocumentSink } from "#core/json-stream.ts";
import { compareKeys, keyOfPath, type EntryKey } from "#core/order.ts";
import { readPlainEntry } from "#core/plain-entry.ts";
import { DEFAULT_LIMITS } from "#core/config/limits.ts";
import { parseStrict } from "#core/strict-json.ts";
import { parseTimestamp, timestampText } from "#core/timestamp.ts";
import { newSha256 } from "#disk/sha256.ts";

export interface DocumentProblem {
  /** In the document; for one from the store, as `bsv export` writes it. */
  readonly line: number;
  readonly problem: string;
  readonly path?: string | undefined;
}

/** The header as far as it is one, and what the entries came to. */
export interface CheckedDocument {
  readonly header: Partial<SnapshotHeader>;
  /** The id its content gives it; undefined where that cannot be said. */
  readonly snapshotId: string | undefined;
  readonly isForeign: boolean;
  readonly entryCount: number;
  readonly problems: readonly DocumentProblem[];
  readonly problemCount: number;
  /** What was not checked, and why. */
  readonly unchecked: readonly string[];
  /** Entries did not come in order: doubles and tree_hash are known only after sorting. */
  readonly isUnordered: boolean;
}

/** So many problems of a document are kept: a list of a million is read by nobody. */
export const MOST_PROBLEMS = 1000;
/** A sender's clock may be wrong by a time zone. */
const FUTURE_MS = 24 * 3_600_000;
/** An entry stands two levels down in a document. */
const ENTRY_DEPTH = DEFAULT_LIMITS.depth - 2;

export class DocumentCheck implements DocumentSink {
  readonly #nowMs: number;
  readonly #problems: DocumentProblem[] = [];
  #problemCount = 0;
  readonly #members = new Map<string, { value: unknown; line: number }>();
  readonly #tally = new EntryTally(newSha256);
  #entryCount = 0;
  #impossible = 0;
  #last: EntryKey | undefined;
  /** What only format 1 forbids waits until it is known to be format 1: a few, and how many more. */
  readonly #ifOurs: DocumentProblem[] = [];
  #ifOursCount = 0;
  #isUnordered = false;
  #otherHash: DocumentProblem | undefined;
  #otherHashCount = 0;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  member(name: string, value: unknown, line: number): void {
    this.#members.set(name, { value, line });
  }

  entry(text: string, line: number): void {
    this.#entryCount++;
    const entry = readPlainEntry(text) ?? this.#judged(text, line);
    if (entry === undefined) {
      this.#impossible++;
      return;
    }
    this.#place(entry, line);
    this.#tally.add(entry);
    if (entry.type === "file" && entry.error === null && entry.checksum?.length !== 64) {
      this.#otherHashCount++;
      this.#otherHash ??= {
        line,
        problem: "checksum: is no SHA-256, which the header promises",
        path: entry.path,
      };
    }
  }

  /** Something that ended the reading. */
  broken(line: number, problem: string): void {
    this.#add({ line, problem });
  }

  /** Call at the end; `isWhole`: the document was read to its end. `sorted`: what sorting found, where it was needed. */
  finish(
    isWhole: boolean,
    sorted?: { treeHash: string; doubles: readonly DocumentProblem[] },
  ): CheckedDocument {
    const fields = [...this.#members].filter(([name]) => name !== "snapshot_id" && name !== "base");
    const raw = Object.fromEntries(fields.map(([name, { value }]) => [name, value]));
    const isForeign = raw["format"] === undefined;
    const header = raw as Partial<SnapshotHeader>;
    const unchecked: string[] = [];
    this.#header(raw);
    if (!isForeign) {
      for (const one of this.#ifOurs) this.#add(one);
      this.#problemCount += this.#ifOursCount - this.#ifOurs.length;
      if (header.hash === "sha256" && this.#otherHash !== undefined) {
        this.#add(this.#otherHash);
        this.#problemCount += this.#otherHashCount - 1;
      }
    }
    for (const one of sorted?.doubles ?? []) this.#add(one);
    const isDifference = (this.#members.get("base")?.value ?? null) !== null;
    if (isDifference)
      unchecked.push("summary and tree_hash: it is a difference, and its base is not at hand");
    else if (!isWhole) unchecked.push("summary and tree_hash: it was not read to its end");
    else this.#content(header, sorted, unchecked);
    const id = isForeign ? undefined : this.#id(fields);
    return {
      header,
      snapshotId: id,
      isForeign,
      entryCount: this.#entryCount,
      problems: this.#problems.sort((a, b) => a.line - b.line),
      problemCount: this.#problemCount,
      unchecked,
      isUnordered: this.#isUnordered,
    };
  }

  // --- internal ---

  #judged(text: string, line: number): Entry | undefined {
    const parsed = parseStrict(text, ENTRY_DEPTH);
    if ("problem" in parsed) {
      this.#add({ line, problem: `The entry ${parsed.problem}` });
      return undefined;
    }
    const { value } = parsed;
    if (isRemoval(value)) {
      if (this.#members.has("base")) return undefined;
      this.#ifAtEnd({ line, problem: "removed: only a difference to a base has removals" });
      return undefined;
    }
    const path = pathOf(value);
    const exact = withExactInode(value, text);
    const lax = entryProblems(exact, false);
    for (const problem of lax) this.#add({ line, problem, path });
    for (const problem of entryProblems(value, true).filter((one) => !lax.includes(one))) {
      this.#ifAtEnd({ line, problem, path });
    }
    const judged = judgeEntry(exact);
    return "entry" in judged ? judged.entry : undefined;
  }

  #place({ path, type }: Entry, line: number): void {
    const key = keyOfPath(path, type === "dir");
    const order = this.#last === undefined ? -1 : compareKeys(this.#last, key);
    this.#last = key;
    if (order < 0) return;
    this.#isUnordered = true;
    if (order > 0)
      this.#ifAtEnd({
        line,
        problem: "path: stands before the entry above it in the order of format 1",
        path,
      });
  }

  #header(raw: Record<string, unknown>): void {
    const parsed = headerSchema.safeParse(raw);
    for (const { path, message } of parsed.error?.issues ?? []) {
      this.#blame(String(path[0] ?? ""), `${path.join(".")}: ${message}`);
    }
    for (const name of ["snapshot_id", "base"]) this.#checkId(name, raw["format"] === undefined);
    const {
      timestamp,
      format,
      tree_hash: treeHash,
      summary,
      roots,
      parent_id: parentId,
    } = raw as Partial<SnapshotHeader>;
    const ms = typeof timestamp === "string" ? parseTimestamp(timestamp) : undefined;
    if (typeof timestamp === "string" && ms === undefined)
      this.#blame("timestamp", "timestamp: is no RFC 3339 time between 1970 and 9999");
    if (ms !== undefined && ms > this.#nowMs + FUTURE_MS)
      this.#blame("timestamp", "timestamp: lies more than a day ahead of now");
    if (format !== undefined) {
      if (format !== 1) this.#blame("format", `format: ${String(format)} is not known to this bsv`);
      if (treeHash === undefined) this.#blame("format", "tree_hash: is missing in format 1");
      if (ms !== undefined && timestampText(ms) !== timestamp)
        this.#blame("timestamp", `timestamp: format 1 writes it as ${timestampText(ms)}`);
    }
    if (
      parentId !== undefined &&
      parentId !== null &&
      parentId === this.#members.get("snapshot_id")?.value
    ) {
      this.#blame("parent_id", "parent_id: is its own id");
    }
    if (!parsed.success) return;
    const isComplete = summary?.complete === true;
    if (isComplete && summary.error_count > 0)
      this.#blame("summary", "summary.complete: is true, with errors");
    const unseen = (roots ?? []).find(
      (root) => root.state === "offline" || root.state === "unreadable",
    );
    if (isComplete && unseen !== undefined)
      this.#blame("summary", `summary.complete: is true, with a root ${unseen.state}`);
    const told = (summary?.read_count ?? 0) + (summary?.carried_count ?? 0);
    if (summary !== undefined && told > summary.file_count)
      this.#blame(
        "summary",
        "summary: more checksums were read and carried than there are entries",
      );
  }

  #checkId(name: string, isForeign: boolean): void {
    const value = this.#members.get(name)?.value ?? null;
    const pattern =
      isForeign && name === "snapshot_id" ? /^[0-9A-Za-z._:-]{1,128}$/ : /^[0-9a-f]{64}$/;
    if (value === null || (typeof value === "string" && pattern.test(value))) return;
    this.#blame(name, `${name}: is no id of a snapshot`);
  }

  #content(
    header: Partial<SnapshotHeader>,
    sorted: { treeHash: string } | undefined,
    unchecked: string[],
  ): void {
    const { summary, tree_hash: said } = header;
    this.#count("file_count", summary?.file_count, this.#entryCount);
    if (this.#impossible > 0) {
      unchecked.push(
        `summary.total_size, summary.error_count and tree_hash: ${this.#impossible} entries are impossible`,
      );
      return;
    }
    this.#count("total_size", summary?.total_size, this.#tally.totalSizeBytes);
    this.#count("error_count", summary?.error_count, this.#tally.errorCount);
    if (typeof said !== "string") return;
    const treeHash = sorted?.treeHash ?? this.#tally.treeHash();
    if (said !== treeHash)
      this.#blame("tree_hash", `tree_hash: is ${said}, but the entries make it ${treeHash}`);
  }

  #count(name: string, said: unknown, is: number): void {
    if (typeof said !== "number" || said === is) return;
    this.#blame("summary", `summary.${name}: is ${said}, but the content makes it ${is}`);
  }

  /** By the header as it stands, whatever is wrong with the rest. */
  #id(fields: readonly (readonly [string, { value: unknown }])[]): string {
    const text = fields
      .map(([name, { value }]) => `${jsonText(name)}:${jsonText(value)}`)
      .join(",");
    const id = snapshotId(`{${text}}`, newSha256);
    const said = this.#members.get("snapshot_id")?.value;
    if (said === undefined) this.#blame("format", "snapshot_id: is missing in format 1");
    else if (said !== id)
      this.#blame(
        "snapshot_id",
        `snapshot_id: is ${jsonText(said)}, but the header makes it ${id}`,
      );
    return id;
  }

  #blame(member: string, problem: string): void {
    this.#add({ line: this.#members.get(member)?.line ?? 1, problem });
  }

  #ifAtEnd(problem: DocumentProblem): void {
    this.#ifOursCount++;
    if (this.#ifOurs.length < MOST_PROBLEMS) this.#ifOurs.push(problem);
  }

  #add(problem: DocumentProblem): void {
    this.#problemCount++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(problem);
  }
}

// --- internal ---

const isRemoval = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "removed" in value;

function pathOf(value: unknown): string | undefined {
  const path = (value as { path?: unknown } | null)?.path;
  return typeof path === "string" ? path : undefined;
}
