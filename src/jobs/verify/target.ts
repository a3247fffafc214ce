// What is to be verified, opened for reading: the source, where it is scanned from, or a copy.
import type { Backupset } from "#core/config/config.ts";
import type { Layout } from "#core/proof/layout.ts";
import type { Copy } from "#copies/copy.ts";
import { sourceCopy } from "#copies/folder.ts";
import { openCopy } from "#copies/open.ts";
import { BsvError } from "#core/errors.ts";
import { readSecretFile } from "#disk/secret-file.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { standingTree } from "#jobs/rollback/roots.ts";

export interface Target {
  /** Where it is; undefined for the source. */
  readonly copy: string | undefined;
  /** What reports call it, if it has a name. */
  readonly name?: string | undefined;
  /** Undefined: guessed. */
  readonly layout: Layout | undefined;
  readonly marker: string | undefined;
  /** A file that holds the password of encrypted entries. */
  readonly passwordFile?: string | undefined;
  readonly trustsChecksum?: boolean;
}

export interface TargetContext {
  readonly row: SnapshotRow;
  /** The set as the backupset file has it: its rules say what the source leaves out. */
  readonly definition: Backupset | undefined;
  /** Whether the snapshot is of this machine. */
  readonly isOwn: boolean;
  readonly dataDir: string;
  readonly resolve: (path: string) => string;
}

export interface OpenTarget {
  readonly copy: Copy;
  /** For the record; null for the source. */
  readonly name: string | null;
  readonly layout: Layout | undefined;
  /** By a name in the backupset file, or as the source: that it is not there is worth a record. */
  readonly isDeclared: boolean;
}

/** Throws `usage` for a target that nobody can read, `config_invalid` for a password file that nobody or anybody can. */
export async function openTarget(
  scope: Scope,
  { copy, name, layout, marker, passwordFile, trustsChecksum = false }: Target,
  { row, definition, isOwn, dataDir, resolve }: TargetContext,
): Promise<OpenTarget> {
  if (copy !== undefined) {
    const opened = openCopy(copy, {
      resolve,
      marker,
      expectedBytes: row.totalSizeBytes,
      trustsChecksum,
      password: passwordFile === undefined ? undefined : passwordIn(resolve(passwordFile)),
    });
    return { copy: opened, name: name ?? opened.target, layout, isDeclared: name !== undefined };
  }
  if (!isOwn) {
    throw new BsvError(
      "usage",
      `The source of ${row.machineId}/${row.setName} is on another machine`,
      {
        hint: "Verify it there, or say --copy TARGET for a copy that is here",
      },
    );
  }
  const tree = await standingTree(scope, { target: row, definition, dataDir });
  return { copy: sourceCopy(tree), name: null, layout: undefined, isDeclared: true };
}

// --- internal ---

/** What stands in the file, without the end of its line. */
function passwordIn(file: string): string {
  const password = readSecretFile(file, "the password file").replace(/\r?\n$/, "");
  if (password !== "") return password;
  throw new BsvError("config_invalid", `The password file ${file} is empty`, { details: { file } });
}
