// `bsv init`: a backupset file to start from. Asks on a terminal for what no flag says.
import { basename, dirname, resolve } from "node:path";
import { askerFor, type Asker } from "#cli/ask.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { printable } from "#cli/output/escape.ts";
import { remoteUrlSchema } from "#core/config/config.ts";
import { BsvError } from "#core/errors.ts";
import { isName, sanitizeMachineId } from "#core/names.ts";
import { absolutePath } from "#disk/backupset-paths.ts";
import { findHome } from "#disk/home.ts";
import { init } from "#jobs/init.ts";

export default defineCommand({
  description: `Writes ./bsv.yaml (or what --file names) with one backupset and every key as a comment, and
beside it the JSON Schema that editors check it with. Never overwrites a file.`,
  args: {
    path: {
      type: "positional",
      required: false,
      multiple: true,
      description: "Folders or files to witness (default: this folder)",
    },
    name: { type: "string", valueHint: "NAME", description: "Name of the backupset" },
    exclude: {
      type: "string",
      multiple: true,
      valueHint: "PATTERN",
      description: "What to leave out, in .gitignore's dialect",
    },
    description: { type: "string", valueHint: "TEXT", description: "What this is, for people" },
    remote: { type: "string", valueHint: "URL", description: "The server to push to" },
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv init", about: "Asks on a terminal; elsewhere this folder, by its own name" },
    {
      line: "bsv init ~/projects --name projects --exclude node_modules/",
      about: "Says it all, asks nothing",
    },
    { line: "bsv init -n", about: "Show the file that would be written" },
  ],
  async run(context, args) {
    const { userDir } = findHome(process.env);
    const file = resolve(context.globals.file ?? "bsv.yaml");
    const isGiven = args.name !== undefined || args.path.length > 0;
    const asker = isGiven ? undefined : askerFor(context);
    try {
      const paths = args.path.length > 0 ? args.path : await askPaths(asker);
      const name = args.name ?? (await askName(asker, paths));
      const summary = init({
        file,
        backupset: {
          name: checkedName(name),
          paths: paths.map((path) => fromFile(path, file, userDir)),
          exclude: args.exclude,
          description: args.description,
          remoteUrl: args.remote === undefined ? undefined : checkedUrl(args.remote),
        },
        userDir,
        isDryRun: args["dry-run"],
      });
      await report(context, summary);
    } finally {
      asker?.close();
    }
    return "done";
  },
});

// --- internal ---

async function askPaths(asker: Asker | undefined): Promise<string[]> {
  if (asker === undefined) return ["."];
  const paths = [await asker.ask("Folder or file to witness", ".")];
  for (;;) {
    const more = await asker.ask("Another one (empty: no more)", "");
    if (more === "") return paths;
    paths.push(more);
  }
}

async function askName(asker: Asker | undefined, paths: readonly string[]): Promise<string> {
  const guess = sanitizeMachineId(basename(resolve(paths[0]!))).replace(/^machine$/, "files");
  if (asker === undefined) return guess;
  return asker.ask("Name of the backupset", guess, (name) =>
    isName(name)
      ? undefined
      : "A name has 1 to 128 letters, digits, '.', '_' or '-', and starts with a letter or digit",
  );
}

function checkedName(name: string): string {
  if (isName(name)) return name;
  throw new BsvError("usage", `--name: not a backupset name: ${JSON.stringify(name)}`, {
    hint: "A name has 1 to 128 letters, digits, '.', '_' or '-', and starts with a letter or digit",
  });
}

function checkedUrl(url: string): string {
  const checked = remoteUrlSchema.safeParse(url);
  if (checked.success) return url;
  throw new BsvError(
    "usage",
    `--remote ${checked.error.issues[0]!.message}: ${JSON.stringify(url)}`,
  );
}

/** Paths are typed relative to where one is, and read relative to the file: the same only in the file's own folder. */
function fromFile(path: string, file: string, userDir: string): string {
  const isSame = dirname(file) === process.cwd();
  return isSame ? path : absolutePath(path, { baseDir: process.cwd(), userDir });
}

async function report({ out }: Context, summary: ReturnType<typeof init>): Promise<void> {
  const { file, text, isWritten, schemaFile } = summary;
  const value = { file, written: isWritten, schema_file: schemaFile ?? null, content: text };
  await out.answer(value, () =>
    isWritten
      ? [
          `wrote ${printable(file)}`,
          ...(schemaFile === undefined ? [] : [`wrote ${printable(schemaFile)}`]),
        ]
      : text.trimEnd().split("\n"),
  );
  if (isWritten) out.note("Next: bsv config check, then bsv scan");
}
