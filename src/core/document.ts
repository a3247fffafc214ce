// The snapshot document, format 1 (design §3, docs/format.md): a header, kept verbatim, and entries in the one order.
// snapshot_id is the hash of the header, which holds tree_hash, which is the hash of the entries.
import { z } from "zod";
import { entryLine, jsonText, type Entry } from "./entry.ts";
import { nameSchema } from "./names.ts";

/** A running SHA-256, given from outside: core has no hash of its own. */
export interface Hasher {
  update(data: string | Uint8Array): unknown;
  digest(encoding: "hex"): string;
}
export type NewHasher = () => Hasher;

const count = z.int().min(0);
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "is not a SHA-256 in lower-case hex");

export const summarySchema = z.looseObject({
  file_count: count,
  total_size: count,
  error_count: count,
  read_count: count.optional(),
  carried_count: count.optional(),
  skipped: z.record(z.string(), count).optional(),
  complete: z.boolean().optional(),
});

export const rootSchema = z.looseObject({
  path: z.string(),
  state: z.enum(["ok", "offline", "empty", "unreadable"]),
});

/** Everything of a document but `snapshot_id` and `files`. Unknown keys are kept: they are part of the id. */
export const headerSchema = z.looseObject({
  timestamp: z.string(),
  machine_id: nameSchema,
  backupset_name: nameSchema,
  summary: summarySchema,
  format: z.int().optional(),
  hash: z.string().optional(),
  parent_id: sha256Hex.nullable().optional(),
  agent_id: z.string().min(1).max(128).optional(),
  reread: z.boolean().optional(),
  tree_hash: sha256Hex.optional(),
  roots: z.array(rootSchema).max(10_000).optional(),
  tool: z.looseObject({ name: z.string(), version: z.string() }).optional(),
});

export type SnapshotHeader = z.infer<typeof headerSchema>;
export type RootState = z.infer<typeof rootSchema>;

/** The id of a snapshot: SHA-256 of the compact JSON of its header, `headerText`, as it is stored. */
export function snapshotId(headerText: string, newHasher: NewHasher): string {
  const hasher = newHasher();
  hasher.update(headerText);
  return hasher.digest("hex");
}

/** What a document's header says of its entries. */
export interface Tally {
  readonly fileCount: number;
  readonly totalSizeBytes: number;
  readonly errorCount: number;
  readonly treeHash: string;
}

/** Counts entries while they pass by in order. */
export class EntryTally {
  fileCount = 0;
  totalSizeBytes = 0;
  errorCount = 0;
  readonly #hasher: Hasher;
  /** Lines not hashed yet: a call for each would cost as much as the hash, and joining a list of them makes each one twice. */
  #text = "";

  constructor(newHasher: NewHasher) {
    this.#hasher = newHasher();
  }

  /** Counts the entry and returns its canonical line, so that nobody makes it twice; `line`, where it was made before. */
  add(entry: Entry, line = entryLine(entry)): string {
    this.#text += `${line}\n`;
    if (this.#text.length > CHARS_AT_ONCE) this.#hashLines();
    this.fileCount++;
    if (entry.type === "file") this.totalSizeBytes += entry.sizeBytes ?? 0;
    if (entry.error !== null) this.errorCount++;
    return line;
  }

  /** `tree_hash`: call once, at the end. */
  treeHash(): string {
    this.#hashLines();
    return this.#hasher.digest("hex");
  }

  /** All of it: call once, at the end. */
  end(): Tally {
    const { fileCount, totalSizeBytes, errorCount } = this;
    return { fileCount, totalSizeBytes, errorCount, treeHash: this.treeHash() };
  }

  #hashLines(): void {
    this.#hasher.update(this.#text);
    this.#text = "";
  }
}

/** Some hundred lines. */
const CHARS_AT_ONCE = 1 << 16;

/** The text of a document before its first entry; entries follow, separated by `,\n`, then `DOCUMENT_END`. */
export function documentStart(id: string, headerText: string): string {
  return `{"snapshot_id":${jsonText(id)},${headerText.slice(1, -1)},"files":[\n`;
}
export const DOCUMENT_END = "\n]}\n";
