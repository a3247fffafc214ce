// `bsv verify SET`: the source read again, or a copy read, and held against a snapshot.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import type { Outcome } from "#cli/exit.ts";
import { readSetWord, type SetWord } from "#cli/find-set.ts";
import { reportFile, writeReport } from "#cli/report.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { checkCopyFlags, layoutOf, readKind, readShare } from "#cli/verify-flags.ts";
import { verifyOne } from "#cli/verifying.ts";
import { absolutePath, duration, size, wholeNumber } from "#cli/values.ts";
import { BsvError } from "#core/errors.ts";
import { DIFFERENT_KINDS, type FindingKind } from "#core/proof/finding.ts";
import { plainName, readMap, trimmed } from "#core/proof/layout.ts";
import { parseReference, type Reference } from "#core/reference.ts";
import {
  isBlind,
  isVoidSample,
  LIMITS,
  verificationFacts,
  type Verification,
} from "#core/proof/verification.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import type { Verified } from "#jobs/verify/verify.ts";

export default defineCommand({
  description: `Without --copy, the set's files are read again where they are scanned from. With it,
a copy is read: a folder, an archive or another tool's repository, never unpacked.
Each file is intact, modified, touched, corrupted (other content, though size and
mtime are as recorded), missing, extra, moved, or unknown with the reason; what
cannot be read is never missing and never ok. The last line says how much of the
snapshot the verdict speaks of. The result is recorded, and pushed with bsv push.

How the copy's names go with the snapshot's paths is guessed from its first names
and said; --strip, --prefix and --map say it. What has no scheme of its own is
cmd:COMMAND, a line that writes a tar archive to its standard output; records tell
its first word and a hash, for it may hold a secret. kopia:SOURCE is what kopia
restore takes, of the repository that it is connected to.

Exit 4 for findings (--fail-on), 3 where something could not be checked.`,
  args: {
    set: {
      type: "positional",
      required: false,
      description: "The backupset: SET or MACHINE/SET; not needed where there is one",
      read: readSetWord,
    },
    snapshot: {
      type: "string",
      valueHint: "REF",
      description: "The snapshot to hold it against (default: latest)",
      read: parseReference,
    },
    copy: {
      type: "string",
      valueHint: "TARGET",
      description:
        "A folder, tar:FILE (or -), zip:FILE, s3://BUCKET/PREFIX, rclone:REMOTE:PATH, sums:FILE, restic:REPO[@ID], borg:REPO::ARCHIVE, kopia:SOURCE, cmd:COMMAND",
    },
    "all-copies": {
      type: "boolean",
      description: "Every copy that the backupset file declares, one after the other",
    },
    strip: {
      type: "string",
      valueHint: "PATH",
      description: "Take this off the front of the copy's names",
      read: (text) => plainName(text) ?? "",
    },
    prefix: {
      type: "string",
      valueHint: "PATH",
      description: "Put this before the copy's names: where it stands in the snapshot",
      read: (text) => trimmed(absolutePath(text)),
    },
    map: {
      type: "string",
      valueHint: "PATH=NAME",
      multiple: true,
      description: "The snapshot's PATH stands at NAME in the copy",
      read: readMap,
    },
    "password-file": {
      type: "string",
      valueHint: "FILE",
      description:
        "The password of encrypted zip entries, in a file that only you can read (chmod 600)",
      read: absolutePath,
    },
    "trust-checksum": {
      type: "boolean",
      description:
        "Of s3:// believe the SHA-256 that the store keeps of a whole object (never an ETag): nothing is read, nothing proven",
    },
    sample: {
      type: "string",
      valueHint: "PERCENT",
      description: "Read only a random share of the files, such as 1%",
      read: readShare,
    },
    "max-bytes": {
      type: "string",
      valueHint: "SIZE",
      description: "Stop reading after so many bytes",
      read: size,
    },
    "max-time": {
      type: "string",
      valueHint: "TIME",
      description:
        "End the reading of each copy after this time, such as 90s, 30m or 2h, a slow tool and a huge file too",
      read: duration,
    },
    unicode: {
      type: "enum",
      options: ["nfc"],
      description: "Take names that differ only in Unicode composition for one",
    },
    "ignore-mtime": { type: "boolean", description: "Say nothing of mtimes that differ" },
    report: {
      type: "string",
      valueHint: "FILE",
      description: "Write a report: FILE.html, FILE.md or FILE.json",
      read: reportFile,
    },
    "fail-on": {
      type: "string",
      valueHint: "KIND",
      multiple: true,
      description:
        "Exit 4 for findings of this kind (default: of the source corrupted and missing; of a copy all that differ)",
      read: readKind,
    },
    jobs: {
      type: "string",
      valueHint: "N",
      description: "Threads that read (default: one for each processor, at most 8)",
      read: wholeNumber(1),
    },
  },
  examples: [
    { line: "bsv verify photos", about: "The source, every byte read again" },
    { line: "bsv verify photos --copy /mnt/nas/photos", about: "A copy on a mounted disk" },
    {
      line: "bsv verify photos --copy /mnt/usb --prefix /home/me/photos --ignore-mtime",
      about: "One that was copied without its times",
    },
    { line: "bsv verify photos --copy backup.tar.zst", about: "An archive, never unpacked" },
    { line: "bsv verify photos --copy restic:/mnt/nas/repo", about: "What restic would give back" },
    {
      line: "bsv verify --all-copies --report copies.html",
      about: "All that are declared, for the file",
    },
    { line: "bsv verify photos --copy /mnt/nas/photos --sample 1%", about: "A quick look" },
  ],
  exits: [3, 4, 5, 8],
  json: "events",
  async run(context, args) {
    const { out, run } = context;
    checkCopyFlags(args);
    const scope = await context.existingStore({ cacheKib: CACHE_KIB });
    const wishes = {
      layout: layoutOf(args),
      passwordFile: args["password-file"],
      trustsChecksum: args["trust-checksum"],
      sample: args.sample,
      maxBytes: args["max-bytes"],
      maxMs: args["max-time"],
      ignoreMtime: args["ignore-mtime"],
      isComposed: args.unicode === "nfc",
      threads: args.jobs ?? Math.min(MOST_THREADS, navigator.hardwareConcurrency),
    };
    const done: { row: SnapshotRow; verified: Verified }[] = [];
    const failed: { copy: string; why: string; error: BsvError }[] = [];
    const tell = async (
      { verification, outsideCount, isRecorded }: Verified,
      type: string,
    ): Promise<void> =>
      out.event(type, {
        ...verificationFacts({ ...verification, listed: [] }),
        outside: outsideCount,
        recorded: isRecorded,
      });
    if (!args["all-copies"]) {
      const row = await snapshotMeant(scope, args.set, args.snapshot);
      const verified = await verifyOne(context, scope, row, { ...wishes, copy: args.copy });
      done.push({ row, verified });
      await writeReport(context, args.report, done);
      await tell(verified, "summary");
    } else {
      for (const { set, copy } of await declaredCopies(context, args)) {
        if (done.length > 0 && !out.isJson) await out.write("\n");
        try {
          const row = await snapshotMeant(scope, set, args.snapshot);
          const verified = await verifyOne(context, scope, row, { ...wishes, copy });
          done.push({ row, verified });
          await tell(verified, "verification");
        } catch (error) {
          if (!isOfOneCopy(error)) throw error;
          const [name, why] = [`${set.setName}: ${copy}`, error.message];
          failed.push({ copy: name, why, error });
          run.monitor.trouble({ path: name, error: why });
        }
      }
      if (done.length === 0) throw failed[0]!.error;
      const unread = failed.map(({ copy, why }) => ({ copy, why }));
      await writeReport(context, args.report, done, unread);
      const copies = done.map(({ verified: { verification } }) =>
        verificationFacts({ ...verification, listed: [] }),
      );
      await out.event("summary", { verifications: copies });
    }
    const outcomes: Outcome[] = [
      ...done.map(({ verified }) => outcomeOf(verified.verification, args["fail-on"])),
      ...failed.map(() => "incomplete" as const),
    ];
    return (["findings", "incomplete"] as const).find((one) => outcomes.includes(one)) ?? "done";
  },
});

// --- internal ---

/** The snapshot is read once, in its order: a larger cache would only take the room of what is verified. */
const CACHE_KIB = 8 * 1024;
/** More threads than this only wait for the disk. */
const MOST_THREADS = 8;

/** What is wrong with one declared copy, or with its set: no reason to leave the others unread. */
const isOfOneCopy = (error: unknown): error is BsvError =>
  error instanceof BsvError && ["usage", "config_invalid", "not_found"].includes(error.code);

/** Every declared copy of the set that is meant, or of all sets of the file. */
async function declaredCopies(
  context: Context,
  { set, copy }: { set: SetWord | undefined; copy: string | undefined },
): Promise<{ set: SetWord; copy: string }[]> {
  if (copy !== undefined) throw new BsvError("usage", "--all-copies and --copy exclude each other");
  const { backupsets } = await context.requiredConfig();
  const machineId = await thisMachineId(context);
  const found: { set: SetWord; copy: string }[] = [];
  for (const { name: setName, copies } of backupsets.values()) {
    if (set !== undefined && set.setName !== setName) continue;
    for (const name of copies.keys())
      found.push({ set: set ?? { machineId, setName }, copy: name });
  }
  if (found.length > 0) return found;
  throw new BsvError("config_invalid", "The backupset file declares no copies", {
    hint: "Say copies: { nas: { target: /mnt/nas/photos } } in the backupset",
  });
}

async function snapshotMeant(
  scope: Scope,
  set: SetWord | undefined,
  reference: Reference | undefined,
): Promise<SnapshotRow> {
  const meant: Reference = reference ?? {
    machineId: undefined,
    setName: undefined,
    revision: { kind: "latest", back: 0 },
  };
  return resolveReference(
    scope,
    meant.setName === undefined && set !== undefined ? { ...meant, ...set } : meant,
  );
}

function outcomeOf(done: Verification, failOn: readonly FindingKind[]): Outcome {
  const byDefault = done.copy === null ? ["corrupted", "missing"] : DIFFERENT_KINDS;
  const kinds = failOn.length > 0 ? failOn : (byDefault as FindingKind[]);
  if (kinds.some((kind) => done.counts[kind] > 0)) return "findings";
  const isCutShort = LIMITS.some((code) => code in done.coverage.notChecked);
  return isBlind(done) || isCutShort || isVoidSample(done) ? "incomplete" : "done";
}
