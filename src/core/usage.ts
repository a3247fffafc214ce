// Where the bytes of a snapshot are: by folder (each with all below it), by extension or by age; how each group grew since another
// snapshot, and how much was written in it meanwhile.
import { FolderRollUp } from "./folder-roll-up.ts";
import { comparePaths } from "./order.ts";

export const USAGE_KINDS = ["folder", "extension", "age"] as const;
export type UsageKind = (typeof USAGE_KINDS)[number];
export const USAGE_ORDERS = ["size", "growth", "churn", "name"] as const;
export type UsageOrder = (typeof USAGE_ORDERS)[number];

/** A file, as far as it counts. */
export interface UsedFile {
  /** Its path with a slash. */
  readonly folder: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeUs: number | null;
}

/** Files and their bytes. Hard links count each time: `du -l --apparent-size` says the same. */
export interface Amount {
  files: number;
  bytes: number;
}

export interface UsageRow {
  /** A folder with its slash, an extension without its dot, an age. */
  readonly group: string;
  readonly size: Amount;
  readonly growth: Amount;
  /** What only one of the two snapshots knows of, because the other could not look there: neither grown nor shrunk. */
  readonly unknown: Amount;
  /** Versions that were new since then: what a backup had to take. */
  readonly churn: Amount;
}

export interface UsageQuestion {
  readonly by: UsageKind;
  readonly roots: readonly string[];
  /** Levels of folders below the roots. */
  readonly depth: number;
  /** Ages are as of this time. */
  readonly atMs: number;
}

export class UsageRollUp {
  readonly #question: UsageQuestion;
  readonly #folders: FolderRollUp<UsageRow>;
  readonly #groups = new Map<string, UsageRow>();

  constructor(question: UsageQuestion) {
    this.#question = question;
    this.#folders = new FolderRollUp(question.roots, question.depth, newRow);
  }

  add(kind: "size" | "growth" | "unknown" | "churn", file: UsedFile, sign: 1 | -1 = 1): void {
    for (const row of this.#rowsFor(file)) {
      row[kind].files += sign;
      row[kind].bytes += sign * file.sizeBytes;
    }
  }

  rows(order: UsageOrder): UsageRow[] {
    const rows =
      this.#question.by === "folder"
        ? this.#folders.rows().map(({ folder, total }) => ({ ...total, group: folder }))
        : [...this.#groups.values()];
    if (this.#question.by === "age" && order === "name") {
      return rows.toSorted((a, b) => ageRank(a.group) - ageRank(b.group));
    }
    return rows.toSorted(
      (a, b) => rank(b, order) - rank(a, order) || comparePaths(a.group, b.group),
    );
  }

  // --- internal ---

  #rowsFor(file: UsedFile): readonly UsageRow[] {
    switch (this.#question.by) {
      case "folder":
        return this.#folders.totalsOf(file.folder);
      case "extension":
        return [this.#group(extensionOf(file.name))];
      case "age":
        return [this.#group(ageOf(file.mtimeUs, this.#question.atMs))];
    }
  }

  #group(name: string): UsageRow {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = this.#groups.size < MOST_GROUPS ? name : REST;
    const row = this.#groups.get(group) ?? { ...newRow(), group };
    this.#groups.set(group, row);
    return row;
  }
}

/** What `du --json` and its route say of a group. */
export function usageFacts(
  { group, size, growth, unknown, churn }: UsageRow,
  hasGrowth: boolean,
): object {
  return { group, ...size, ...(hasGrowth ? { growth, unknown, churn } : {}) };
}

// --- internal ---

/** More extensions than this are no extensions: they are told together. */
const MOST_GROUPS = 10_000;
const REST = "(others)";
const NONE = "(none)";
/** Longer ones are part of a name. */
const LONGEST_EXTENSION = 16;

const newRow = (): UsageRow => ({
  group: "",
  size: { files: 0, bytes: 0 },
  growth: { files: 0, bytes: 0 },
  unknown: { files: 0, bytes: 0 },
  churn: { files: 0, bytes: 0 },
});

function rank(row: UsageRow, order: UsageOrder): number {
  return order === "name" ? 0 : row[order].bytes;
}

/** Of a file's name, in lower case; `(none)` where there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  const extension = dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
  return extension === "" || extension.length > LONGEST_EXTENSION ? NONE : extension;
}

const DAY_MS = 86_400_000;
const AGES: readonly [days: number, text: string][] = [
  [0, "in the future"],
  [1, "under a day"],
  [7, "under a week"],
  [30, "under 30 days"],
  [365, "under a year"],
  [2 * 365, "under 2 years"],
  [5 * 365, "under 5 years"],
  [10 * 365, "under 10 years"],
  [Infinity, "older"],
];
const UNKNOWN_AGE = "unknown";

function ageOf(mtimeUs: number | null, atMs: number): string {
  if (mtimeUs === null) return UNKNOWN_AGE;
  const days = (atMs - mtimeUs / 1000) / DAY_MS;
  return AGES.find(([most]) => days < most)?.[1] ?? UNKNOWN_AGE;
}

const ageRank = (group: string): number => AGES.findIndex(([, text]) => text === group);
