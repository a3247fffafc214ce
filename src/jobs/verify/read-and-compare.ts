// The copy read, and held against the snapshot: names brought to its paths by the layout, and told why what was not met need not be missing.
// What was met and its digests are gone when this is done: what is recorded then takes their room.
import type { SnapshotHeader } from "#core/document.ts";
import type { Finding, ObservedTrouble } from "#core/proof/finding.ts";
import { likelyLayouts, nameOfPath, pathOfName, type Layout } from "#core/proof/layout.ts";
import { pathOfKey, type EntryKey } from "#core/order.ts";
import { ContentSet } from "#core/proof/content-set.ts";
import type { Run } from "#core/run.ts";
import { isSampled } from "#core/proof/sample.ts";
import { Unseen } from "#core/unseen.ts";
import { VerifyTally } from "#core/proof/verify-tally.ts";
import type { Copy } from "#copies/copy.ts";
import { whyUnseen } from "#db/comparison/before-disk.ts";
import { carryPages } from "#db/carry.ts";
import { Observations } from "#db/proof/observations.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { countStanding } from "#db/standing.ts";
import { hashPool } from "#disk/hash-pool.ts";
import { Reading } from "#scan/reading.ts";
import { compareCopy, type Recorded } from "./compare.ts";
import { lastGoodFinder } from "./last-good.ts";
import { observe, type Observation } from "./observe.ts";
import { lateDigests } from "./late-digests.ts";
import { TimeLimit } from "./time-limit.ts";
import type { VerifyInput } from "./verify.ts";

export interface Compared {
  readonly observation: Observation;
  readonly tally: VerifyTally;
  readonly proven: ContentSet;
  readonly disproven: ContentSet;
}

/** Works in `folder`. */
export async function readAndCompare(
  folder: string,
  scope: Scope,
  input: VerifyInput,
  tell: (finding: Finding) => Promise<void>,
  run: Run,
): Promise<Compared> {
  const { row, copy } = input;
  const reading = new Reading(
    hashPool(input.threads),
    () => {},
    (trouble) => run.monitor.trouble(trouble),
  );
  const limit = new TimeLimit(input.maxMs);
  limit.signal.addEventListener("abort", () => hashPool(input.threads).cancel(limit.cut));
  const observations = new Observations(
    `${folder}/observations.db`,
    lateDigests(reading, limit.cut.trouble),
  );
  const tally = new VerifyTally();
  const [proven, disproven] = [new ContentSet(), new ContentSet()];
  try {
    const observation = await observe(
      {
        copy,
        reading,
        observations,
        expected: { files: row.fileCount, bytes: row.totalSizeBytes },
        layoutFor: (names) => layoutFor(scope, input, names),
        leaveUnread: unreadRule(input),
        limit,
      },
      run,
    );
    await compareCopy(
      {
        recorded: recordedPages(scope, row),
        recordedAgain: () => recordedPages(scope, row),
        observations,
        rules: {
          ignoreMtime: input.ignoreMtime,
          clockStepUs: copy.clockStepUs ?? 1,
          keepsSymlinks: copy.keepsSymlinks,
        },
        isComposed: input.isComposed,
        isSource: copy.hasOwnPaths === true,
        whyUnseen: whyNotMet(copy, observation),
        whyUnrecorded: whyNotRecorded(scope, row),
        lastGood: await lastGoodFinder(scope, row, input.name),
        tally,
        proven,
        disproven,
        tell,
      },
      run,
    );
    return { observation, tally, proven, disproven };
  } finally {
    limit.close();
    observations.close();
  }
}

// --- internal ---

async function* recordedPages(scope: Scope, row: SnapshotRow): AsyncGenerator<Recorded[]> {
  for await (const page of carryPages(scope, row.snapshotId)) {
    yield page.map(({ entry, stamp }) => ({ entry, ctimeUs: stamp?.ctimeUs ?? null }));
  }
}

function unreadRule({
  sample,
  maxBytes,
}: VerifyInput): (name: string, givenBytes: number) => ObservedTrouble | undefined {
  const seed = Math.floor(Math.random() * 2 ** 32);
  return (name, givenBytes) => {
    if (sample !== undefined && !isSampled(name, sample, seed)) return SAMPLED_OUT;
    return maxBytes !== undefined && givenBytes >= maxBytes ? OVER_BYTES : undefined;
  };
}

const SAMPLED_OUT: ObservedTrouble = { kind: "unread", why: "SAMPLE: not in the sample" };
const OVER_BYTES: ObservedTrouble = { kind: "unread", why: "MAX_BYTES: enough was read" };

/** The layout that was said, or the likely one that finds most of the first names in the snapshot. */
async function layoutFor(
  scope: Scope,
  { layout, row }: VerifyInput,
  names: readonly string[],
): Promise<Layout> {
  if (layout !== undefined) return layout;
  const { roots = [] } = JSON.parse(row.headerText) as SnapshotHeader;
  const candidates = likelyLayouts(roots.map(({ path }) => path));
  let best = { layout: candidates[0]!, hits: 0 };
  for (const candidate of candidates) {
    const paths = names.flatMap((name) => pathOfName(candidate, name) ?? []);
    const hits = await countStanding(scope, row, paths);
    if (hits > best.hits) best = { layout: candidate, hits };
  }
  return best.layout;
}

function whyNotMet(
  copy: Copy,
  { layout, cut }: Observation,
): (path: string) => ObservedTrouble | undefined {
  return (path) => {
    const name = copy.hasOwnPaths === true ? path : nameOfPath(layout, path);
    if (name === undefined) {
      const why = "OUTSIDE: by --strip, --prefix or --map it has no place in this copy";
      return { kind: "unverifiable", why };
    }
    if (cut?.kind === "unread") return cut; // nobody looked
    return copy.whyUnseen?.(name) ?? cut ?? undefined;
  };
}

/** Where the snapshot itself could not look, nothing is extra. */
function whyNotRecorded(
  scope: Scope,
  row: SnapshotRow,
): (key: EntryKey) => Promise<string | undefined> {
  const unseen = new Unseen(JSON.parse(row.headerText) as SnapshotHeader);
  return async (key) => {
    const path = pathOfKey(key.folder, key.name);
    if (!unseen.isInRoots(path)) return "NOT_IN_ROOTS: below no root of the snapshot";
    return (
      unseen.why(path) ??
      (row.errorCount === 0 ? undefined : (await whyUnseen(scope, row, [key]))[0])
    );
  };
}
