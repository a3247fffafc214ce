// Builds the one file that is installed: `bun run build` makes dist/bsv for this machine, `--target bun-linux-arm64` (or
// -musl, -darwin-arm64, -windows-x64 …) makes dist/bsv-linux-arm64 for another.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const root = `${join(import.meta.dir, "..")}/`;

/**
 * Threads run a file of their own, so each is an entry point. Where it lies inside the binary is told by a constant, to be read as
 * `new URL(BSV_HASH_WORKER, import.meta.url)`: compiled, all modules share the URL of the binary's root.
 */
const workers = {
  BSV_HASH_WORKER: "disk/hash-worker",
  BSV_TALLY_WORKER: "jobs/ingest/tally-worker",
  BSV_WALK_WORKER: "db/comparison/walk-worker",
  BSV_WRITER_WORKER: "server/writer-worker",
};

const { values } = parseArgs({ options: { target: { type: "string" } } });
const outfile = `${root}dist/bsv${values.target === undefined ? "" : values.target.replace(/^bun/, "")}`;
const built = Object.entries(workers).filter(([, path]) => existsSync(`${root}src/${path}.ts`));

const { version } = (await Bun.file(`${root}package.json`).json()) as { version: string };
mkdirSync(`${root}dist`, { recursive: true });
const result = await Bun.build({
  entrypoints: [`${root}src/cli/main.ts`, ...built.map(([, path]) => `${root}src/${path}.ts`)],
  root: `${root}src`,
  target: "bun",
  format: "esm",
  bytecode: true,
  minify: true,
  sourcemap: "inline",
  define: {
    BSV_VERSION: JSON.stringify(version),
    BSV_COMMIT: JSON.stringify(commit()),
    ...Object.fromEntries(built.map(([name, path]) => [name, JSON.stringify(`./${path}.js`)])),
  },
  compile: {
    outfile,
    // A compiled program would otherwise run what it finds in the folder it is called in.
    autoloadDotenv: false,
    autoloadBunfig: false,
    autoloadTsconfig: false,
    autoloadPackageJson: false,
    ...(values.target === undefined ? {} : { target: values.target as Bun.Build.CompileTarget }),
  },
});
for (const log of result.logs) console.error(log);
if (!result.success) process.exit(1);
// The source map is inside the binary; the copy beside it only invites to be shipped.
rmSync(`${outfile}.map`, { force: true });
console.log(`built ${outfile.slice(root.length)}`);

/** The commit of the source, with `+` when the source differs from it; null outside a repository. */
function commit(): string | null {
  const git = (...args: string[]) => Bun.spawnSync(["git", "-C", root, ...args]);
  const head = git("rev-parse", "HEAD");
  if (!head.success) return null;
  const isChanged = git("status", "--porcelain", "--", "src").stdout.length > 0;
  return head.stdout.toString().trim() + (isChanged ? "+" : "");
}
