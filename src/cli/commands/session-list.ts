// `bsv session list`: which browsers are signed in.
import { defineCommand } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { sessionColumns } from "#cli/output/access-text.ts";
import { table } from "#cli/output/table.ts";
import { pagesOf } from "#cli/pages.ts";
import { sessionFacts } from "#core/access/access-facts.ts";

export default defineCommand({
  args: { remote: deskFlag },
  examples: [
    { line: "bsv session list", about: "All that have not ended, the newest first" },
    {
      line: "bsv session list --remote default",
      about: "From elsewhere: one's own, or an admin's all",
    },
  ],
  exits: [5, 6, 7],
  async run(context, { remote }) {
    const desk = await deskOf(context, remote);
    const sessions = async () => ({ rows: await desk.sessions(), nextCursor: null });
    await context.out.list(pagesOf(sessions), {
      none: "Nobody is signed in with a browser",
      value: sessionFacts,
      text: (page, colours, isFurther) => table(page, sessionColumns, colours, isFurther),
    });
    return "done";
  },
});
