// A tree of files as a project folder has them: a dozen in a folder, folders in folders, sizes spread around their mean.
// The same for the same numbers, so that runs can be compared.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TreeShape {
  readonly fileCount: number;
  readonly meanBytes: number;
}

const FILES_PER_FOLDER = 12;
const FOLDERS_PER_FOLDER = 24;

/** Makes the tree; does nothing if it is there. */
export function makeTree(dir: string, { fileCount, meanBytes }: TreeShape): void {
  const done = `${dir}.done`;
  if (existsSync(done)) return;
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  for (let file = 0; file < fileCount;) {
    const folder = join(dir, folderName(Math.floor(file / FILES_PER_FOLDER)));
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < FILES_PER_FOLDER && file < fileCount; i++, file++) {
      writeFileSync(join(folder, `file-${file}.bin`), contentOf(file, meanBytes, noise));
    }
  }
  writeFileSync(done, "");
}

/** Gives every hundredth file other content. */
export function changeTree(dir: string, salt: number): number {
  let seen = 0;
  let changed = 0;
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (seen++ % 100 === salt % 100) {
        writeFileSync(path, `changed ${salt} ${changed++}\n`);
      }
    }
  };
  visit(dir);
  return changed;
}

function folderName(index: number): string {
  const names: string[] = [];
  for (let rest = index; rest > 0; rest = Math.floor(rest / FOLDERS_PER_FOLDER)) {
    names.unshift(`folder-${rest % FOLDERS_PER_FOLDER}`);
  }
  return names.join("/");
}

/** No two alike: the number comes first, then a piece of the noise. Sizes go from nothing to twice the mean. */
function contentOf(file: number, meanBytes: number, noise: Uint8Array): Uint8Array {
  const size = Math.floor((((file * 7919) % 2000) / 1000) * meanBytes);
  const content = Buffer.alloc(size);
  for (let at = 0; at < size; at += noise.length) {
    content.set(noise.subarray(0, Math.min(noise.length, size - at)), at);
  }
  content.write(String(file));
  return content;
}
