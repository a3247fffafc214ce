// A copy of the store that can be kept elsewhere: consistent while others write, there whole or not at all.
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import { copyStore } from "#db/store/copy.ts";
import type { Scope } from "#db/scope.ts";
import { fileInFolder, replaceableFile } from "#disk/replaceable-file.ts";
import { isThere, writeWhole, type WrittenFile } from "#disk/whole-file.ts";

export interface BackupInput {
  /** Absolute. */
  readonly file: string;
  /** What stands there may be replaced. */
  readonly mayReplace: boolean;
}

export async function backupStore(
  scope: Scope,
  input: BackupInput,
  run: Run,
): Promise<WrittenFile> {
  run.signal.throwIfAborted();
  return writeWhole(backupPlace(scope, input), (temporary) => copyStore(scope, temporary));
}

/** Where it would be written. Throws `usage` or `conflict` where it would not; a folder that is not there may be a disk's. */
export function backupPlace(scope: Scope, { file, mayReplace }: BackupInput): string {
  const place = fileInFolder(file); // no device; and a link stays one, wherever it leads
  if (place === replaceableFile(scope.store.file)) {
    throw new BsvError("usage", `${file} is the store itself`, { hint: "Name another file" });
  }
  if (isThere(file) && !mayReplace) {
    throw new BsvError("conflict", `There is a file already: ${file}`, {
      hint: "Nothing was changed; name another, or say --replace",
      details: { file },
    });
  }
  return place;
}
