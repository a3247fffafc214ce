// `bsv config check`: is the backupset file right, are its roots there, does every rule match something?
import { defineCommand } from "#cli/command.ts";
import { printable } from "#cli/output/escape.ts";
import { plural } from "#cli/output/units.ts";
import { configInvalid, problemFacts, problemText } from "#core/config/config-problem.ts";
import { readText } from "#disk/backupset-file.ts";
import { checkConfig } from "#jobs/check-config.ts";

export default defineCommand({
  description: `Every mistake is shown with its line and what to do. Roots that are not there are mistakes (exit 2); a rule
of \`exclude\` that matches nothing is a warning. Walks the roots, but reads no file.`,
  examples: [
    { line: "bsv config check", about: "Check the backupset file that would be used" },
    { line: "bsv config check --file other.yaml --json", about: "Check another one, for a script" },
  ],
  async run(context) {
    const config = await context.requiredConfig();
    const { dataDir } = await context.settings();
    const sets = await checkConfig(config, dataDir.value, context.run);
    const text = readText(config.file);
    const problems = sets.flatMap((set) => set.problems);
    const warnings = sets.flatMap((set) => set.warnings);
    if (problems.length > 0) throw configInvalid(config.file, text, [...problems, ...warnings]);
    const backupsets = sets.map(({ name, entryCount }) => ({ name, entry_count: entryCount }));
    const value = { file: config.file, backupsets, warnings: warnings.map(problemFacts) };
    await context.out.answer(value, ({ yellow }) => [
      ...warnings.flatMap((warning) => [...problemText(text, warning).split("\n"), ""]),
      ...sets.map(({ name, entryCount }) => `${name}: ${plural(entryCount, "entry", "entries")}`),
      warnings.length === 0
        ? `${printable(config.file)}: nothing wrong`
        : yellow(`${printable(config.file)}: ${plural(warnings.length, "warning")}`),
    ]);
    return "done";
  },
});
