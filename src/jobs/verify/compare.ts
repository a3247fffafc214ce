// The snapshot held against what was observed: both in the one order, side by side, so that memory stays flat. What stands on one side
// only waits until it is known whether its content moved.
import type { Entry } from "#core/entry.ts";
import type { ContentSet } from "#core/proof/content-set.ts";
import type {
  Finding,
  FindingKind,
  LastGood,
  Observed,
  ObservedTrouble,
} from "#core/proof/finding.ts";
import { judgeAbsent, judgePair, type Judged, type JudgeRules } from "#core/proof/judge.ts";
import { compareKeys, keyOfPath, type EntryKey } from "#core/order.ts";
import type { Run } from "#core/run.ts";
import { foldName } from "#core/proof/name-collisions.ts";
import type { VerifyTally } from "#core/proof/verify-tally.ts";
import { OF_VERIFICATIONS, tidier } from "#disk/tidily.ts";
import type { Observations } from "#db/proof/observations.ts";

/** An entry of the snapshot; `ctimeUs` as this disk last had it with that content. */
export interface Recorded {
  readonly entry: Entry;
  readonly ctimeUs: number | null;
}

export interface CompareInput {
  readonly recorded: AsyncIterable<readonly Recorded[]>;
  /** The same once more, from the beginning. */
  readonly recordedAgain: () => AsyncIterable<readonly Recorded[]>;
  readonly observations: Observations;
  readonly rules: JudgeRules;
  /** Whether names that differ only in Unicode composition are one. */
  readonly isComposed: boolean;
  /** Why a path that was not met need not be missing. */
  readonly whyUnseen: (path: string) => ObservedTrouble | undefined;
  /** Why the snapshot cannot say that something is extra. */
  readonly whyUnrecorded: (key: EntryKey) => Promise<string | undefined>;
  readonly lastGood: (expected: Entry) => Promise<LastGood | null>;
  readonly isSource: boolean;
  readonly tally: VerifyTally;
  /** Contents that were met as recorded, and those that were not. */
  readonly proven: ContentSet;
  readonly disproven: ContentSet;
  /** Is told all findings but `intact`. */
  readonly tell: (finding: Finding) => Promise<void>;
}

export async function compareCopy(input: CompareInput, run: Run): Promise<void> {
  const comparison = new Comparison(input);
  await comparison.merge(run);
  await comparison.pairFolded();
  await comparison.pairMoved();
  await comparison.tellRest(run);
}

// --- internal ---

class Comparison {
  readonly #input: CompareInput;

  constructor(input: CompareInput) {
    this.#input = input;
  }

  async merge({ signal }: Run): Promise<void> {
    const { observations } = this.#input;
    const pages = observations.pages();
    let page: { key: EntryKey; observed: Observed }[] = [];
    let at = 0;
    const next = () => {
      if (at === page.length) [page, at] = [pages.next().value ?? [], 0];
      return page[at];
    };
    const tidy = tidier(OF_VERIFICATIONS);
    for await (const recorded of this.#input.recorded) {
      signal.throwIfAborted();
      for (const { entry, ctimeUs } of recorded) {
        tidy();
        const key = keyOfPath(entry.path, entry.type === "dir");
        let met = next();
        while (met !== undefined && compareKeys(met.key, key) < 0) {
          this.#addExtra(met.observed);
          at++;
          met = next();
        }
        if (met !== undefined && compareKeys(met.key, key) === 0) {
          at++;
          await this.#pair(entry, met.observed, ctimeUs);
        } else {
          await this.#absent(entry);
        }
      }
    }
    for (let met = next(); met !== undefined; met = next()) {
      this.#addExtra(met.observed);
      at++;
    }
  }

  /** Names that another file system takes for one. */
  async pairFolded(): Promise<void> {
    const { observations, isComposed, rules } = this.#input;
    for (const { missing, extra } of observations.unpaired.folded()) {
      if (!observations.unpaired.areOpen(missing, extra)) continue; // paired already
      const isComposition = missing.path.normalize("NFC") === extra.path.normalize("NFC");
      const judged = judgePair(missing, extra, rules);
      const isGood = judged.kind === "intact" || judged.kind === "touched";
      if (!(isComposed && isComposition) && !isGood) continue;
      observations.unpaired.take(missing, extra);
      if (isComposed && isComposition) await this.#tellPair(missing, extra, judged, null);
      else await this.#moved(missing, extra, isComposition ? COMPOSITION : CASE);
    }
  }

  async pairMoved(): Promise<void> {
    for (const { missing, extra } of this.#input.observations.unpaired.moved()) {
      this.#input.observations.unpaired.take(missing, extra);
      await this.#moved(missing, extra, extra.trouble?.why ?? null);
    }
  }

  async tellRest({ signal }: Run): Promise<void> {
    const { observations, tally, rules } = this.#input;
    const twins = await this.#twinsOfMissing(signal);
    for (const entry of observations.unpaired.missing()) {
      const judged = judgeAbsent(entry, undefined, rules);
      const twin = twins.get(entry.path);
      const why = twin === undefined ? judged.why : sharedName(entry.path, twin);
      await this.#tellEntry(entry, null, { ...judged, why }, null);
    }
    for (const observed of observations.unpaired.extras()) {
      const why = await this.#input.whyUnrecorded(keyOfPath(observed.path, false));
      const unknown = why !== undefined && !why.startsWith("NOT_IN_ROOTS");
      if (unknown) tally.counts.unverifiable++;
      else tally.extra();
      const kind = unknown ? "unverifiable" : "extra";
      await this.#tell(kind, observed.path, { observed, why: why ?? null });
    }
  }

  // --- internal ---

  /** Of missing paths, if they are few: another path of the snapshot that is there, and that some file systems take for the same. */
  async #twinsOfMissing(signal: AbortSignal): Promise<Map<string, string>> {
    const { observations, recordedAgain } = this.#input;
    const missing = new Set<string>();
    for (const { path } of observations.unpaired.missing()) {
      missing.add(path);
      if (missing.size > MOST_TWINS) return new Map();
    }
    const twins = new Map<string, string>();
    if (missing.size === 0) return twins;
    const folded = Map.groupBy(missing, foldName);
    for await (const page of recordedAgain()) {
      signal.throwIfAborted();
      for (const { entry } of page) {
        if (missing.has(entry.path)) continue;
        for (const path of folded.get(foldName(entry.path)) ?? []) twins.set(path, entry.path);
      }
    }
    return twins;
  }

  /** What no snapshot witnesses (FIFOs, devices) is not missed by it either. */
  #addExtra(observed: Observed): void {
    if (observed.type === "other" && observed.trouble === null) return;
    this.#input.observations.unpaired.addExtra(observed);
  }

  async #pair(expected: Entry, observed: Observed, ctimeUs: number | null): Promise<void> {
    await this.#tellPair(
      expected,
      observed,
      judgePair(expected, observed, this.#input.rules),
      ctimeUs,
    );
  }

  async #absent(expected: Entry): Promise<void> {
    const { whyUnseen, rules, observations } = this.#input;
    const judged = judgeAbsent(expected, whyUnseen(expected.path), rules);
    if (judged.kind === "missing") observations.unpaired.addMissing(expected);
    else await this.#tellEntry(expected, null, judged, null);
  }

  async #moved(expected: Entry, observed: Observed, why: string | null): Promise<void> {
    const judged = { kind: "moved", why, isContentCompared: true } as const;
    this.#input.tally.entry(expected, judged);
    if (expected.checksum !== null && observed.trouble === null)
      this.#input.proven.add(expected.checksum);
    await this.#tell("moved", expected.path, { expected, observed, at: observed.path, why });
  }

  async #tellPair(
    expected: Entry,
    observed: Observed,
    judged: Judged,
    ctimeUs: number | null,
  ): Promise<void> {
    const { kind } = judged;
    if (expected.checksum !== null && (kind === "intact" || kind === "touched")) {
      this.#input.proven.add(expected.checksum);
    }
    if (kind === "intact") this.#input.tally.entry(expected, judged);
    else await this.#tellEntry(expected, observed, judged, ctimeUs);
  }

  async #tellEntry(
    expected: Entry,
    observed: Observed | null,
    judged: Judged,
    ctimeUs: number | null,
  ): Promise<void> {
    const { tally, isSource, disproven } = this.#input;
    tally.entry(expected, judged);
    const { kind } = judged;
    if (kind === "unread") return;
    const isLost = kind === "corrupted" || kind === "missing";
    if (expected.checksum !== null && (isLost || kind === "modified")) {
      disproven.add(expected.checksum);
    }
    const ctime = !isSource || kind !== "corrupted" ? null : ctimeText(ctimeUs, observed!.ctimeUs);
    const lastGood =
      isLost && expected.checksum !== null ? await this.#input.lastGood(expected) : null;
    await this.#tell(kind, expected.path, { expected, observed, why: judged.why, ctime, lastGood });
  }

  async #tell(kind: FindingKind, path: string, more: Partial<Finding>): Promise<void> {
    const finding = { ...NOTHING, kind, path, ...more };
    this.#input.tally.list(finding);
    await this.#input.tell(finding);
  }
}

const NOTHING = {
  at: null,
  why: null,
  expected: null,
  observed: null,
  ctime: null,
  lastGood: null,
};

/** For more missing paths no twins are looked for: a copy that is wholly gone has no use for it. */
const MOST_TWINS = 1000;

function sharedName(path: string, twin: string): string {
  const isComposition = path.normalize("NFC") === twin.normalize("NFC");
  const code = isComposition ? "UNICODE" : "CASE";
  return `${code}: where the copy lies it may be one name with ${JSON.stringify(twin)}, which is there`;
}

const CASE = "CASE: only the case of the name differs";
const COMPOSITION =
  "UNICODE: only the composition of the name differs (--unicode nfc takes them for one)";

function ctimeText(before: number | null, now: number | null): "same" | "changed" | "unknown" {
  if (before === null || now === null) return "unknown";
  return before === now ? "same" : "changed";
}
