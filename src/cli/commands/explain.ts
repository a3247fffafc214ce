// `bsv explain PATH`: in or out of the snapshots, and by which rule. What is said is what a scan does.
import { defineCommand } from "#cli/command.ts";
import { printable } from "#cli/output/escape.ts";
import { placeText } from "#core/config/place.ts";
import { absolutePath } from "#disk/backupset-paths.ts";
import { findHome } from "#disk/home.ts";
import { explain, type SetExplanation } from "#jobs/explain.ts";

export default defineCommand({
  description: `Goes the way a scan goes, from the root down to the path, and tells what decided: a rule with its file and
line, another file system, a special file, bsv's own data folder, or nothing at all.`,
  args: {
    path: { type: "positional", multiple: true, description: "Files or folders" },
    set: { type: "string", multiple: true, valueHint: "SET", description: "Only this backupset" },
  },
  examples: [
    { line: "bsv explain node_modules/x/index.js", about: "Is it in, and if not, why not?" },
    { line: "bsv explain --json ~/mail/cur/*", about: "The same for a script" },
  ],
  exits: [5],
  async run(context, args) {
    const config = await context.requiredConfig();
    const { dataDir } = await context.settings();
    const bases = { baseDir: process.cwd(), userDir: findHome(process.env).userDir };
    const answers = args.path.map((word) => {
      const path = absolutePath(word, bases);
      const input = { config, path, setNames: args.set, dataDir: dataDir.value };
      return { path, sets: explain(input) };
    });
    const value = answers.flatMap(({ path, sets }) => sets.map((set) => valueOf(path, set)));
    await context.out.answer(value, ({ bold }) =>
      answers.flatMap(({ path, sets }) => [
        bold(printable(path)),
        ...sets.map((set) => `  ${set.set.name}: ${sentence(path, set)}`),
      ]),
    );
    return "done";
  },
});

// --- internal ---

function valueOf(path: string, { set, found }: SetExplanation) {
  const common = { path, backupset_name: set.name };
  if (found === undefined) return { ...common, verdict: "out", why: "no_root", root: null };
  const { verdict, why, at, rule, error } = found.explanation;
  return {
    ...common,
    verdict,
    why,
    root: found.root.path,
    at,
    rule: rule === undefined ? null : { pattern: rule.pattern, ...rule.place },
    error: error ?? null,
  };
}

function sentence(path: string, { set, found }: SetExplanation): string {
  if (found === undefined) {
    return `out, under none of its roots: ${set.roots.map((root) => printable(root.path)).join(", ")}`;
  }
  const { verdict, why, at, rule, error } = found.explanation;
  const where = at === path ? "it" : printable(at);
  const line =
    rule === undefined
      ? ""
      : `${JSON.stringify(printable(rule.pattern))} at ${printable(placeText(rule.place))}`;
  const oneFileSystem = set.stated.get("one_file_system");
  const root = `the root ${printable(found.root.path)} (${printable(placeText(found.root.place))})`;
  switch (why) {
    case "file":
      if (error !== undefined) return `in, but recorded with an error: ${printable(error)}`;
      return `in, below ${root}${rule === undefined ? "" : `, kept by ${line}`}`;
    case "folder":
      return `in, below ${root}${rule === undefined ? "" : `, kept by ${line}`}; of a folder the files are recorded`;
    case "rule":
      return `out, ${where} is left out by ${line}`;
    case "marked":
      return `out, ${where} holds ${line}`;
    case "mount":
      return `out, ${where} is another file system (one_file_system${oneFileSystem === undefined ? "" : ` at ${printable(placeText(oneFileSystem))}`})`;
    case "own_data":
      return `out, ${where} is bsv's own data folder`;
    case "special":
      return `out, ${where} is a FIFO, socket or device, and these are never opened`;
    case "beyond_symlink":
      return `out, ${where} is a symlink: it is recorded, but not followed`;
    case "missing":
      return `${verdict}, it is not there${rule === undefined ? "" : `; if it were, it would be left out by ${line}`}`;
    case "unreadable":
    case "offline":
      return `${verdict}, ${where} is ${why}: ${printable(error ?? "")}`;
  }
}
