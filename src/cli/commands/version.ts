// `bsv version`: what exactly is running here. The first thing to tell in a bug report.
import { buildInfo } from "#cli/build-info.ts";
import { defineCommand } from "#cli/command.ts";

export default defineCommand({
  examples: [
    { line: "bsv version", about: "The version, and the commit it was built from" },
    { line: "bsv version --json", about: "The same for a script" },
  ],
  async run({ out }) {
    const { version, commit } = buildInfo;
    const { bun, sqlite } = process.versions;
    const platform = `${process.platform}-${process.arch}`;
    await out.answer({ version, commit, bun, sqlite, platform }, () => [
      `bsv ${version}${commit === null ? "" : ` (${shortCommit(commit)})`} ${platform}`,
      `bun ${bun}`,
      `sqlite ${sqlite}`,
    ]);
    return "done";
  },
});

/** Twelve digits, and the `+` of a build from changed source. */
const shortCommit = (commit: string): string => commit.replace(/^(.{12})[0-9a-f]*/, "$1");
