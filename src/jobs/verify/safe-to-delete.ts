// safe-to-delete: whether every byte below a path was lately proven elsewhere. The most dangerous answer there is, so it is yes only
// after each file was read now, and its content found in a whole, recent, undoubted reading of a copy that does not share a byte with
// the path: no sample, no record of a run that was cut, not the path itself by another name, no hard link of it. Copies are looked at as
// they stand now: what was changed since it was read is not what was read.
import { isProof, type CopyStanding } from "#core/proof/copy-standing.ts";
import { holderOf } from "#core/proof/location.ts";
import { isAtOrBelow } from "#core/order.ts";
import type { Run } from "#core/run.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { copyStandings } from "#db/proof/standings.ts";
import { provenAtMs } from "#db/proof/verifications.ts";
import { fileHasher, type HashFile } from "#disk/hash-file.ts";
import { identityText, tree, type Met } from "#disk/tree.ts";
import { look, type Looked } from "./copy-now.ts";
import { holdsOwnData, survey, type Ground } from "./ground.ts";
import { sourceHolds } from "./source-holds.ts";

export interface SafeInput {
  /** Absolute, exact. */
  readonly path: string;
  /** Whose copies count: sets of this machine. */
  readonly sets: readonly SetName[];
  /** So many copies elsewhere each file needs. */
  readonly minCopies: number;
  readonly maxAgeMs: number;
  /** Where bsv keeps its own records: nobody deletes those on their own word. */
  readonly dataDir: string;
}

export interface Unsafe {
  readonly path: string;
  readonly sizeBytes: number | null;
  readonly why: string;
}

export interface Safety {
  readonly isSafe: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly unsafeFiles: number;
  readonly unsafeBytes: number;
  /** Links and special files: they have no bytes of their own, and nothing is said of them. */
  readonly others: number;
  /** What was counted, with how many files each has; and what was not, and why. */
  readonly counted: readonly { copy: string; files: number; oldestAtMs: number | null }[];
  readonly notCounted: readonly { copy: string; why: string }[];
}

/** Throws `not_found`, and `usage` for a link. Tells each file that is not safe. */
export async function safeToDelete(
  scope: Scope,
  input: SafeInput,
  tell: (unsafe: Unsafe) => Promise<void>,
  run: Run,
): Promise<Safety> {
  const ground = survey(input.path, run);
  const standings: Candidate[] = [];
  const nowMs = run.now();
  for (const set of input.sets) {
    for (const standing of await copyStandings(scope, set, nowMs)) {
      standings.push({ set, standing, ...(await look(standing, ground, run)) });
    }
  }
  const counted = standings.filter(({ why }) => why === undefined);
  const places = placesOf(counted);
  const tally = new Map(
    counted.map((one) => [one, { files: 0, oldestAtMs: null as number | null }]),
  );
  const sum = { files: 0, bytes: 0, unsafeFiles: 0, unsafeBytes: 0, others: 0 };
  const span = { nowMs, notBeforeMs: nowMs - input.maxAgeMs };
  const hash = fileHasher(() => run.signal.aborted);
  const unsafe = async (one: Unsafe): Promise<void> => {
    sum.unsafeFiles++;
    sum.unsafeBytes += one.sizeBytes ?? 0;
    await tell(one);
  };
  if (holdsOwnData(input.dataDir, ground)) {
    // Nothing can make it a yes any more: no file need be read.
    const why = "OWN_DATA: bsv's own records are below it, and this answer with them";
    await unsafe({ path: input.dataDir, sizeBytes: null, why });
    return { isSafe: false, ...sum, counted: [], notCounted: [] };
  }
  for (const met of ground.isFolder ? tree(input.path) : [ground.itself]) {
    run.signal.throwIfAborted();
    if (met.facts === null) {
      await unsafe({ path: met.path, sizeBytes: null, why: met.error });
      continue;
    }
    const { kind, sizeBytes } = met.facts;
    if (kind === "folder") {
      // A file system that was mounted just now was not compared with those of the copies.
      if (!ground.folders.has(identityText(met.facts))) {
        const why = "UNSTABLE: this folder came while it was looked at";
        await unsafe({ path: met.path, sizeBytes: null, why });
      }
      continue;
    }
    if (kind !== "file") {
      sum.others++;
      continue;
    }
    sum.files++;
    sum.bytes += sizeBytes;
    run.monitor.progress({ phase: "read", files: sum.files, bytes: sum.bytes });
    const found = await judge(scope, met, counted, { ...input, ground, places, span, hash });
    if ("why" in found) {
      await unsafe({ path: met.path, sizeBytes, why: found.why });
      continue;
    }
    for (const [candidate, atMs] of found.proofs) {
      const told = tally.get(candidate)!;
      told.files++;
      told.oldestAtMs = Math.min(told.oldestAtMs ?? Infinity, atMs);
    }
  }
  if (sum.files === 0) {
    // Of a disk that is not mounted just now nobody should hear a yes.
    const why = "EMPTY: there is no file below it; is its disk mounted?";
    await unsafe({ path: input.path, sizeBytes: null, why });
  }
  return {
    isSafe: sum.unsafeFiles === 0,
    ...sum,
    counted: counted.map((one) => ({ copy: nameOf(one.standing), ...tally.get(one)! })),
    notCounted: standings
      .filter((one) => !counted.includes(one))
      .map(({ standing, why }) => ({ copy: nameOf(standing), why: why! })),
  };
}

// --- internal ---

interface Candidate extends Looked {
  readonly set: SetName;
  readonly standing: CopyStanding;
}

/** Copies that are one place: the same folder under two names, one within the other, or snapshots of one repository. By the first of them. */
function placesOf(candidates: readonly Candidate[]): Map<Candidate, number> {
  const places = new Map<Candidate, number>();
  candidates.forEach((one, nr) => {
    const same = candidates.slice(0, nr).find((other) => isSamePlace(one, other));
    places.set(one, same === undefined ? nr : places.get(same)!);
  });
  return places;
}

function isSamePlace(a: Candidate, b: Candidate): boolean {
  if (a.standing.copyId === b.standing.copyId) return true;
  if (holderOf(a.standing.target) === holderOf(b.standing.target)) return true;
  const isWithin = (inner: Candidate, outer: Candidate) =>
    inner.tops.some((top) => outer.tops.includes(top) || outer.folders.has(top)) ||
    inner.paths.some((path) => outer.paths.some((above) => isAtOrBelow(path, above)));
  return isWithin(a, b) || isWithin(b, a);
}

const nameOf = ({ copy, target }: CopyStanding): string =>
  copy === null ? `the source ${target}` : copy;

interface Wish {
  readonly path: string;
  readonly minCopies: number;
  readonly ground: Ground;
  readonly places: ReadonlyMap<Candidate, number>;
  readonly span: { readonly nowMs: number; readonly notBeforeMs: number };
  readonly hash: HashFile;
}

type Judged = { proofs: [Candidate, number][] } | { why: string };

async function judge(
  scope: Scope,
  { path, facts }: Met,
  counted: readonly Candidate[],
  { path: top, minCopies, ground, places, span, hash }: Wish,
): Promise<Judged> {
  if (facts!.sizeBytes === 0) return { proofs: [] }; // no byte to lose
  const slash = path.lastIndexOf("/");
  const below = path === top ? path.slice(slash + 1) : path.slice(withSlash(top).length);
  const root = path === top ? path.slice(0, slash + 1) : top;
  const hashed = await hash({ root, path: below, expected: undefined });
  if (hashed.kind === "failed") return { why: hashed.error };
  const checksum = Buffer.from(hashed.digest.subarray(0, 32)).toString("hex");
  const known = counted.map((one) => ({ one, atMs: provenAtMs(scope, one.standing, checksum) }));
  const recent = known.filter(({ one, atMs }) => isProof(one.standing, atMs, span));
  // Of a file with several names, one may stand in a copy on its own disk: that is no second file.
  const isLinked = hashed.facts.links > 1;
  const identity = identityText(hashed.facts);
  const apart = recent.filter(
    ({ one }) => !one.shared.has(identity) && !(isLinked && one.isOnSameDisk),
  );
  const proofs: typeof apart = [];
  for (const proof of apart) {
    const { set, standing, room } = proof.one;
    const isThere =
      standing.copy === null
        ? await sourceHolds(scope, set, checksum, ground, hash)
        : room === undefined || room.has(checksum, hashed.facts.sizeBytes);
    if (isThere) proofs.push(proof);
  }
  const enough = new Set(proofs.map(({ one }) => places.get(one)));
  if (enough.size >= minCopies) return { proofs: proofs.map(({ one, atMs }) => [one, atMs!]) };
  return { why: whyNot(known, { recent, apart, proofs }, span.notBeforeMs) };
}

function whyNot(
  known: readonly { atMs: number | undefined }[],
  {
    recent,
    apart,
    proofs,
  }: Readonly<Record<"recent" | "apart" | "proofs", readonly { one: Candidate }[]>>,
  notBeforeMs: number,
): string {
  if (proofs.length > 0) return "TOO_FEW: it is proven in fewer copies than asked for";
  if (apart.some(({ one }) => one.standing.copy === null))
    return "SOURCE_LACKS: the source does not hold it any more";
  if (apart.length > 0) return "COPY_LACKS: the copy has fewer files of this size than contents";
  if (recent.length > 0) return "HARD_LINK: the copy on this disk may be the same file";
  const times = known.flatMap(({ atMs }) => (atMs === undefined ? [] : [atMs]));
  if (times.length === 0) return "NOT_PROVEN: this content was never read in a copy that counts";
  return Math.max(...times) < notBeforeMs
    ? "TOO_OLD: it was proven too long ago"
    : "NOT_WHOLE: it was no part of a copy's last reading from the first to the last byte, or there was none";
}

const withSlash = (path: string): string => (path.endsWith("/") ? path : `${path}/`);
