// `bsv verify SET`: the source read again, or a copy read, and held against a snapshot.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import type { Outcome } from "#cli/exit.ts";
import { readSetWord, type SetWord } from "#cli/find-set.ts";
import { printable } from "#cli/output/escape.ts";
import { snapshotFacts, snapshotLine } from "#cli/output/snapshot-text.ts";
import { findingText, verificationText } from "#cli/output/verify-text.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { absolutePath, size, wholeNumber } from "#cli/values.ts";
import { BsvError } from "#core/errors.ts";
import {
  DIFFERENT_KINDS,
  FINDING_KINDS,
  findingFacts,
  UNKNOWN_KINDS,
  type Finding,
  type FindingKind,
} from "#core/finding.ts";
import { layoutText, plainName, readMap, trimmed, type Layout } from "#core/layout.ts";
import { parseReference, type Reference } from "#core/reference.ts";
import { nearest } from "#core/suggest.ts";
import { isBlind, verificationFacts, type Verification } from "#core/verification.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { openTarget, type Target } from "#jobs/verify/target.ts";
import { verify, type Verified } from "#jobs/verify/verify.ts";

export default defineCommand({
  description: `Without --copy, the set's files are read again where they are scanned from. With it,
a copy is read: a folder, an archive or another tool's repository, never unpacked.
Each file is intact, modified, touched, corrupted (other content, though size and
mtime are as recorded), missing, extra, moved, or unknown with the reason; what
cannot be read is never missing and never ok. The last line says how much of the
snapshot the verdict speaks of. The result is recorded, and pushed with bsv push.

How the copy's names go with the snapshot's paths is guessed from its first names
and said; --strip, --prefix and --map say it. Exit 4 for findings (--fail-on),
3 where something could not be checked.`,
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
        "A folder, tar:FILE (or -), zip:FILE, restic:REPO[@ID], borg:REPO::ARCHIVE, cmd:COMMAND",
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
      description: "Stop reading after this time, such as 90s, 30m or 2h",
      read: readDuration,
    },
    unicode: {
      type: "enum",
      options: ["nfc"],
      description: "Take names that differ only in Unicode composition for one",
    },
    "ignore-mtime": { type: "boolean", description: "Say nothing of mtimes that differ" },
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
    { line: "bsv verify photos --copy /mnt/nas/photos --sample 1%", about: "A quick look" },
  ],
  exits: [3, 4, 5, 8],
  json: "events",
  async run(context, args) {
    const scope = await context.existingStore();
    const row = await snapshotMeant(scope, args.set, args.snapshot);
    const target: Target = { copy: args.copy, layout: layoutOf(args), marker: undefined };
    const verified = await verifyOne(context, scope, row, target, {
      sample: args.sample,
      maxBytes: args["max-bytes"],
      maxMs: args["max-time"],
      ignoreMtime: args["ignore-mtime"],
      isComposed: args.unicode === "nfc",
      jobs: args.jobs,
    });
    return outcomeOf(verified.verification, args["fail-on"]);
  },
});

// --- internal ---

interface Wishes {
  readonly sample: number | undefined;
  readonly maxBytes: number | undefined;
  readonly maxMs: number | undefined;
  readonly ignoreMtime: boolean;
  readonly isComposed: boolean;
  readonly jobs: number | undefined;
}

/** More threads than this only wait for the disk. */
const MOST_THREADS = 8;
/** So many findings are told by name to people; of those nobody could look at for one reason, fewer. */
const MOST_TOLD = 1000;
const MOST_ALIKE = 10;

async function verifyOne(
  context: Context,
  scope: Scope,
  row: SnapshotRow,
  target: Target,
  { jobs, ...wishes }: Wishes,
): Promise<Verified> {
  const { out, run } = context;
  const { dataDir } = await context.settings();
  const definition = (await context.config())?.backupsets.get(row.setName);
  const isOwn = row.machineId === (await thisMachineId(context));
  const opened = await openTarget(scope, target, {
    row,
    definition,
    isOwn,
    dataDir: dataDir.value,
    resolve: absolutePath,
  });
  const nowMs = run.now();
  await out.event("verify", {
    snapshot: snapshotFacts(row),
    copy: opened.name,
    target: opened.copy.target,
  });
  if (!out.isJson) {
    await out.write(
      `${snapshotLine(row, nowMs)}\n${opened.name === null ? "its source" : "a copy"}: ${printable(opened.copy.target)}\n`,
    );
  }
  let unlisted = 0;
  const told = new Map<string, number>();
  const tell = async (finding: Finding): Promise<void> => {
    if (out.isJson) return out.event("finding", findingFacts(finding));
    const reason = UNKNOWN_KINDS.includes(finding.kind) ? `${finding.kind} ${finding.why}` : "";
    const count = (told.get(reason) ?? 0) + 1;
    told.set(reason, count);
    if (count > (reason === "" ? MOST_TOLD : MOST_ALIKE)) unlisted++;
    else await out.write(`${findingText(finding, nowMs, out.colours).join("\n")}\n`);
  };
  const threads = jobs ?? Math.min(MOST_THREADS, navigator.hardwareConcurrency);
  const input = { row, ...opened, ...wishes, dataDir: dataDir.value, threads };
  const verified = await verify(scope, input, tell, run);
  const { verification, layout, outsideCount } = verified;
  if (!out.isJson) {
    if (opened.copy.hasOwnPaths !== true && target.layout === undefined) {
      await out.write(`layout: ${printable(layoutText(layout))}\n`);
    }
    const text = verificationText(verification, { unlisted, outsideCount }, out.colours);
    await out.write(`${text.join("\n")}\n`);
  }
  await out.event("summary", {
    ...verificationFacts({ ...verification, listed: [] }),
    outside: outsideCount,
  });
  return verified;
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

function layoutOf(args: {
  strip: string | undefined;
  prefix: string | undefined;
  map: readonly Layout["maps"][number][];
  copy: string | undefined;
}): Layout | undefined {
  const { strip, prefix, map: maps } = args;
  const isSaid = strip !== undefined || prefix !== undefined || maps.length > 0;
  if (isSaid && args.copy === undefined) {
    throw new BsvError("usage", "--strip, --prefix and --map are about a copy", {
      hint: "Say --copy TARGET as well",
    });
  }
  if (maps.length > 0 && (strip !== undefined || prefix !== undefined)) {
    throw new BsvError("usage", "--map says it all: --strip and --prefix have no place beside it");
  }
  return isSaid ? { strip: strip ?? "", prefix: prefix ?? "/", maps } : undefined;
}

function outcomeOf(done: Verification, failOn: readonly FindingKind[]): Outcome {
  const byDefault = done.copy === null ? ["corrupted", "missing"] : DIFFERENT_KINDS;
  const kinds = failOn.length > 0 ? failOn : (byDefault as FindingKind[]);
  if (kinds.some((kind) => done.counts[kind] > 0)) return "findings";
  const isCutShort = ["MAX_BYTES", "MAX_TIME"].some((code) => code in done.coverage.notChecked);
  return isBlind(done) || isCutShort ? "incomplete" : "done";
}

function readKind(text: string): FindingKind {
  const found = FINDING_KINDS.find((one) => one === text);
  if (found !== undefined) return found;
  const near = nearest(text, FINDING_KINDS);
  throw new BsvError("usage", `${JSON.stringify(text)} is no kind of finding`, {
    hint: near === undefined ? `Say one of ${FINDING_KINDS.join(", ")}` : `Did you mean ${near}?`,
  });
}

function readShare(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text);
  const share = Number(match?.[1]) / 100;
  if (share > 0 && share <= 1) return share;
  throw new BsvError("usage", `${JSON.stringify(text)} is no share`, {
    hint: "Say a percentage from above 0% to 100%, such as 1% or 0.5%",
  });
}

function readDuration(text: string): number {
  const match = /^(\d{1,9})(s|m|h|d)$/.exec(text);
  if (match !== null)
    return Number(match[1]) * { s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as "s"] * 1000;
  throw new BsvError("usage", `${JSON.stringify(text)} is no time`, {
    hint: "Say a number and s, m, h or d, such as 90s or 2h",
  });
}
