// compare with the disk: a snapshot beside what is there now, by the scan's own walk and rules. Files whose size, mtime and inode are
// as recorded are not read, and that is said; the others are. Nothing is stored.
import { isTelling, type FileChange } from "#core/changes.ts";
import type { Backupset } from "#core/config/config.ts";
import type { RootState } from "#core/document.ts";
import type { Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import { pathOfKey, type EntryKey } from "#core/order.ts";
import { pairMoves, placeText, type Place } from "#core/pair-moves.ts";
import type { Monitor, Run } from "#core/run.ts";
import { tellChange, type Evidence, type Origin } from "#core/tell-change.ts";
import { foldersTo, Unseen } from "#core/unseen.ts";
import { placesOf, whyUnseen } from "#db/comparison/before-disk.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { hashPool } from "#disk/hash-pool.ts";
import { DiskSink, type DiskFinding } from "#scan/disk-sink.ts";
import { Reading } from "#scan/reading.ts";
import { survey, Survey } from "#scan/survey.ts";
import { surveyInput } from "./scan/survey-input.ts";

export interface DiskInput {
  readonly row: SnapshotRow;
  readonly set: Backupset;
  /** Whether the snapshot is of this machine: only then do inodes mean anything. */
  readonly isOwn: boolean;
  readonly dataDir: string;
  readonly threads: number;
}

export interface DiskComparison {
  /** In the one order. What differs is held in memory; what does not is only counted. */
  readonly changes: FileChange[];
  readonly roots: readonly RootState[];
  readonly fileCount: number;
  readonly errorCount: number;
  readonly readCount: number;
  readonly unreadCount: number;
}

export async function compareDisk(
  scope: Scope,
  input: DiskInput,
  run: Run,
): Promise<DiskComparison> {
  const pool = hashPool(input.threads);
  const stop = () => pool.cancel(run.signal.reason);
  run.signal.addEventListener("abort", stop);
  try {
    const seen = new Survey();
    const onTurn = () =>
      run.monitor.progress({ phase: "compare", files: seen.entryCount, bytes: reading.sizeBytes });
    const reading = new Reading(pool, onTurn, (trouble) => run.monitor.trouble(trouble));
    const sink = new DiskSink(reading, input.isOwn, onTurn);
    const wish = { set: input.set, dataDir: input.dataDir, reread: false, allowEmpty: false };
    let troubles = 0;
    const monitor: Monitor = {
      progress: (progress) => run.monitor.progress(progress),
      note: (text) => run.monitor.note(text),
      trouble(trouble) {
        troubles++;
        run.monitor.trouble(trouble);
      },
    };
    await survey(surveyInput(scope, wish, input.row), seen, sink, { ...run, monitor });
    await reading.finish();
    const findings = sink.findings();
    const evidence = await gather(scope, input, seen, findings);
    const changes = findings.flatMap((finding) => tellChange(finding, evidence) ?? []);
    const offline = seen.roots.filter(({ state }) => state === "offline").length;
    return {
      changes,
      roots: seen.roots,
      fileCount: seen.entryCount,
      errorCount: troubles - offline,
      readCount: reading.fileCount,
      unreadCount: seen.carriedCount + sink.unreadCount,
    };
  } finally {
    run.signal.removeEventListener("abort", stop);
    pool.cancel(new BsvError("interrupted", "The comparison has ended"));
  }
}

// --- internal ---

/** What is known of both sides of what stands on one side only. */
async function gather(
  scope: Scope,
  { row, isOwn }: DiskInput,
  seen: Survey,
  findings: readonly DiskFinding[],
): Promise<Evidence> {
  const news = findings.filter(({ before }) => before === null);
  const why = await whyUnseen(
    scope,
    row,
    news.map(({ key }) => key),
  );
  const notBefore = new Map(news.map(({ key }, index) => [placeText(key), why[index]]));
  const unseen = new Unseen({ roots: seen.roots, skipped_mounts: seen.leftOut.mounts });
  const hidden = new Set(
    findings.filter(({ isHidden }) => isHidden).map(({ key }) => placeText(key)),
  );
  const errors = new Map(
    findings.flatMap(({ after }) => (after?.error ? [[`${after.path}/`, after.error]] : [])),
  );
  const whyHidden = (path: string): string => {
    for (const folder of foldersTo(path)) if (errors.has(folder)) return errors.get(folder)!;
    return HIDDEN;
  };
  const whyNotAfter = (key: EntryKey): string | undefined => {
    const path = pathOfKey(key.folder, key.name);
    if (!unseen.isInRoots(path)) return NOT_IN_ROOTS;
    return unseen.why(path) ?? (hidden.has(placeText(key)) ? whyHidden(path) : undefined);
  };
  const whyNotBefore = (key: EntryKey): string | undefined => notBefore.get(placeText(key));
  const came = placesByContent(news, ({ after }) => after, whyNotBefore);
  const olds = findings.filter(({ after }) => after === null);
  const gone = placesByContent(olds, ({ before }) => before, whyNotAfter);
  const origins = new Map<string, Origin>();
  const movedAway = new Set<string>();
  for (const [content, places] of came) {
    const moves = pairMoves(gone.get(content) ?? [], places, isOwn);
    for (const place of moves.movedAway) movedAway.add(place);
    const unmoved = places.filter(({ key }) => !moves.origins.has(placeText(key)));
    const sources = unmoved.length === 0 ? [] : await placesOf(scope, row, unmoved[0]!.entry);
    const source = sources.find(({ key }) => !movedAway.has(placeText(key))) ?? sources[0];
    for (const { key } of places) {
      const from = moves.origins.get(placeText(key));
      if (from !== undefined) origins.set(placeText(key), { kind: "moved", entry: from });
      else if (source !== undefined) {
        origins.set(placeText(key), { kind: "copied", entry: source.entry });
      }
    }
  }
  return {
    isSameSet: isOwn,
    whyNotBefore,
    whyNotAfter,
    originOf: (key) => origins.get(placeText(key)),
    isMoved: (key) => movedAway.has(placeText(key)),
  };
}

const NOT_IN_ROOTS = "NOT_IN_ROOTS: below no root of the backupset file";
const HIDDEN = "UNREADABLE: below what could not be read";

/** Those with a telling content that were certainly not there on the other side. */
function placesByContent(
  findings: readonly DiskFinding[],
  entryOf: (finding: DiskFinding) => Entry | null,
  whyNot: (key: EntryKey) => string | undefined,
): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const finding of findings) {
    const entry = entryOf(finding)!;
    if (!isTelling(entry) || whyNot(finding.key) !== undefined) continue;
    const content = `${entry.checksum} ${entry.sizeBytes}`;
    const same = places.get(content);
    if (same === undefined) places.set(content, [{ key: finding.key, entry }]);
    else same.push({ key: finding.key, entry });
  }
  return places;
}
