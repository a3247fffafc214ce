// One verification as a command runs it: opened, told finding by finding, recorded, summed up. What a command line says of a copy wins over
// what the backupset file says of it.
import { dirname } from "node:path";
import type { Config } from "#core/config/config.ts";
import type { DeclaredCopy } from "#core/config/declared-copy.ts";
import { findingFacts, UNKNOWN_KINDS, type Finding } from "#core/proof/finding.ts";
import { layoutText, type Layout } from "#core/proof/layout.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { absolutePath as exactPath } from "#disk/backupset-paths.ts";
import { findHome } from "#disk/home.ts";
import { openTarget } from "#jobs/verify/target.ts";
import { verify, type Verified } from "#jobs/verify/verify.ts";
import type { Context } from "./context.ts";
import { printable } from "./output/escape.ts";
import { snapshotFacts, snapshotLine } from "./output/snapshot-text.ts";
import { findingText, verificationText } from "./output/verify-text.ts";
import { thisMachineId } from "./this-machine.ts";

export interface VerifyWishes {
  /** A target, or the name of a declared copy; undefined for the source. */
  readonly copy: string | undefined;
  readonly layout: Layout | undefined;
  /** Whole. */
  readonly passwordFile: string | undefined;
  readonly trustsChecksum: boolean;
  readonly sample: number | undefined;
  readonly maxBytes: number | undefined;
  readonly maxMs: number | undefined;
  readonly ignoreMtime: boolean;
  readonly isComposed: boolean;
  readonly threads: number;
}

/** So many findings are told by name to people; of those nobody could look at for one reason, fewer. */
const MOST_TOLD = 1000;
const MOST_ALIKE = 10;

export async function verifyOne(
  context: Context,
  scope: Scope,
  row: SnapshotRow,
  wishes: VerifyWishes,
): Promise<Verified> {
  const { out, run } = context;
  const { dataDir } = await context.settings();
  const config = await context.config();
  const definition = config?.backupsets.get(row.setName);
  const declared = wishes.copy === undefined ? undefined : definition?.copies.get(wishes.copy);
  const isOwn = row.machineId === (await thisMachineId(context));
  const opened = await openTarget(
    scope,
    {
      copy: declared?.target ?? wishes.copy,
      name: declared?.name,
      layout: wishes.layout ?? declared?.layout,
      marker: declared?.marker,
      passwordFile: wishes.passwordFile ?? declared?.passwordFile,
      trustsChecksum: wishes.trustsChecksum || declared?.trustsChecksum === true,
    },
    { row, definition, isOwn, dataDir: dataDir.value, resolve: resolver(config, declared) },
  );
  const { copy, name, layout: saidLayout } = opened;
  const nowMs = run.now();
  await out.event("verify", { snapshot: snapshotFacts(row), copy: name, target: copy.target });
  if (!out.isJson) {
    const what =
      name === null ? "its source" : name === copy.target ? "a copy" : `its copy ${name}`;
    await out.write(`${snapshotLine(row, nowMs)}\n${printable(what)}: ${printable(copy.target)}\n`);
  }
  const teller = new Teller(context, nowMs);
  const verified = await verify(
    scope,
    {
      row,
      ...opened,
      sample: wishes.sample,
      maxBytes: wishes.maxBytes,
      maxMs: wishes.maxMs,
      ignoreMtime: wishes.ignoreMtime || declared?.ignoreMtime === true,
      isComposed: wishes.isComposed || declared?.isComposed === true,
      dataDir: dataDir.value,
      threads: wishes.threads,
    },
    (finding) => teller.tell(finding),
    run,
  );
  const { verification, layout, outsideCount, isRecorded } = verified;
  if (!out.isJson) {
    if (copy.hasOwnPaths !== true && saidLayout === undefined) {
      await out.write(`layout: ${printable(layoutText(layout))}\n`);
    }
    const more = { unlisted: teller.unlisted, outsideCount };
    await out.write(`${verificationText(verification, more, out.colours).join("\n")}\n`);
    if (!isRecorded)
      await out.write(
        "not recorded: nothing could be reached there, and no copy of that name is known\n",
      );
  }
  return verified;
}

// --- internal ---

class Teller {
  unlisted = 0;
  readonly #context: Context;
  readonly #nowMs: number;
  readonly #told = new Map<string, number>();

  constructor(context: Context, nowMs: number) {
    this.#context = context;
    this.#nowMs = nowMs;
  }

  async tell(finding: Finding): Promise<void> {
    const { out } = this.#context;
    if (out.isJson) return out.event("finding", findingFacts(finding));
    const reason = UNKNOWN_KINDS.includes(finding.kind) ? `${finding.kind} ${finding.why}` : "";
    const count = (this.#told.get(reason) ?? 0) + 1;
    this.#told.set(reason, count);
    if (count > (reason === "" ? MOST_TOLD : MOST_ALIKE)) this.unlisted++;
    else await out.write(`${findingText(finding, this.#nowMs, out.colours).join("\n")}\n`);
  }
}

/** Paths in the backupset file start at its folder, those of a command line where it is said. */
function resolver(config: Config | undefined, declared: DeclaredCopy | undefined) {
  const baseDir =
    declared === undefined || config === undefined ? process.cwd() : dirname(config.file);
  const { userDir } = findHome(process.env);
  return (path: string): string => exactPath(path, { baseDir, userDir });
}
