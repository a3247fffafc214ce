// What a verification comes to: how many findings of each kind, and how much of the snapshot they speak of. Each entry of the snapshot
// is counted once, as checked or as not checked and why.
import type { Entry } from "#core/entry.ts";
import {
  findingFacts,
  noFindings,
  UNKNOWN_KINDS,
  type Finding,
  type FindingKind,
} from "./finding.ts";
import { FINDING_KINDS } from "./finding.ts";
import type { Judged } from "./judge.ts";
import { MOST_LISTED, type Coverage } from "./verification.ts";

export class VerifyTally {
  readonly counts = noFindings();
  #filesTotal = 0;
  #filesChecked = 0;
  #bytesTotal = 0;
  #bytesChecked = 0;
  #filesCompared = 0;
  #filesBad = 0;
  readonly #notChecked = new Map<string, number>();
  /** The first of each kind, for the record. */
  readonly #listed = new Map<FindingKind, Finding[]>();

  /** Once for each entry of the snapshot. */
  entry(expected: Entry, { kind, why, isContentCompared }: Judged): void {
    const bytes = expected.type === "file" ? (expected.sizeBytes ?? 0) : 0;
    this.#filesTotal++;
    this.#bytesTotal += bytes;
    if (kind !== "unread") this.counts[kind]++;
    if (kind === "unread" || UNKNOWN_KINDS.includes(kind)) {
      const code = /^[A-Z0-9_]+(?=:)/.exec(why ?? "")?.[0] ?? "UNKNOWN";
      this.#notChecked.set(code, (this.#notChecked.get(code) ?? 0) + 1);
      return;
    }
    this.#filesChecked++;
    if (!isContentCompared) return;
    this.#bytesChecked += bytes;
    if (expected.type !== "file") return;
    this.#filesCompared++;
    if (kind === "corrupted" || kind === "modified") this.#filesBad++;
  }

  /** Something the snapshot does not have. */
  extra(): void {
    this.counts.extra++;
  }

  /** Keeps a finding for the record, while there is room for its kind. */
  list(finding: Finding): void {
    const listed = this.#listed.get(finding.kind) ?? [];
    if (listed.length === 0) this.#listed.set(finding.kind, listed);
    if (listed.length < MOST_LISTED) listed.push(finding);
  }

  /** The worst first. */
  listed(): Record<string, unknown>[] {
    return FINDING_KINDS.flatMap((kind) => this.#listed.get(kind) ?? [])
      .slice(0, MOST_LISTED)
      .map(findingFacts);
  }

  coverage(namesOutside = 0): Coverage {
    return {
      filesTotal: this.#filesTotal,
      filesChecked: this.#filesChecked,
      bytesTotal: this.#bytesTotal,
      bytesChecked: this.#bytesChecked,
      filesCompared: this.#filesCompared,
      filesBad: this.#filesBad,
      ...(namesOutside === 0 ? {} : { namesOutside }),
      notChecked: Object.fromEntries([...this.#notChecked].toSorted((a, b) => b[1] - a[1])),
    };
  }
}
