// Tar archives as copies, made by GNU tar and bsdtar in all their forms, whole and damaged, honest and hostile.
import { test } from "bun:test";
import { everyFaultIsFound } from "./fault-matrix.ts";

/** How the real tools pack the folder `copy` into `file`; `-C` so that names are relative. */
const PACKERS: Record<string, (folder: string, file: string) => string> = {
  "GNU tar": (folder, file) => `tar --format=gnu -C ${folder} -cf ${file} .`,
  "GNU tar, PAX": (folder, file) => `tar --format=pax -C ${folder} -cf ${file} .`,
  "GNU tar, ustar names by folder": (folder, file) =>
    `tar --format=gnu -C / -cf ${file} ${folder.slice(1)}`,
  bsdtar: (folder, file) => `bsdtar -C ${folder} -cf ${file} .`,
  gzip: (folder, file) => `tar -C ${folder} -czf ${file} .`,
  zstd: (folder, file) => `tar -C ${folder} -c . | zstd -q > ${file}`,
  xz: (folder, file) => `tar -C ${folder} -c . | xz -0 > ${file}`,
  bzip2: (folder, file) => `tar -C ${folder} -c . | bzip2 -1 > ${file}`,
};

function sh(line: string): void {
  const ran = Bun.spawnSync(["bash", "-c", `set -euo pipefail; ${line}`]);
  if (!ran.success) throw new Error(`${line}: ${ran.stderr.toString()}`);
}

const toolOf = (line: string): string[] => [
  ...new Set(line.match(/\b(bsdtar|zstd|xz|bzip2)\b/g) ?? []),
];

for (const [name, pack] of Object.entries(PACKERS)) {
  const missing = toolOf(pack("", "")).filter((tool) => Bun.which(tool) === null);
  test.skipIf(missing.length > 0)(
    `${name}: a clean archive has no finding, a faulty one exactly those planted`,
    async () => {
      await everyFaultIsFound({
        what: `tar: by ${name}`,
        pack({ copy, trial }) {
          const file = `${trial.home}/archive`;
          sh(pack(copy, file));
          return `tar:${file}`;
        },
        wishes: ({ copy, tree }) =>
          name.includes("by folder")
            ? { layout: { strip: copy.slice(1), prefix: tree, maps: [] } }
            : {},
      });
    },
  );
}
