// A copy of the store that can be kept elsewhere: consistent while others write, there whole or not at all.
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import { copyStore } from "#db/store/copy.ts";
import type { Scope } from "#db/scope.ts";
import { replaceableFile } from "#disk/replaceable-file.ts";
import { isThere, writeWhole, type WrittenFile } from "#disk/whole-file.ts";

export interface BackupInput {
  /** Absolute. */
  readonly file: string;
  /** What stands there may be replaced. */
  readonly mayReplace: boolean;
}

export async function backupStore(
  scope: Scope,
  { file, mayReplace }: BackupInput,
  run: Run,
): Promise<WrittenFile> {
  run.signal.throwIfAborted();
  const place = replaceableFile(file); // no device; and a link stays one, wherever it leads
  if (place === replaceableFile(scope.store.file)) {
    throw new BsvError("usage", `${file} is the store itself`, { hint: "Name another file" });
  }
  if (isThere(file) && !mayReplace) {
    throw new BsvError("conflict", `There is a file already: ${file}`, {
      hint: "Nothing was changed; name another, or say --replace",
      details: { file },
    });
  }
  return writeWhole(place, (temporary) => copyStore(scope, temporary));
}
