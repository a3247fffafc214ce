// `bsv key list`: which keys there are, what they may do, and when they were last used.
import { defineCommand } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { keyColumns } from "#cli/output/access-text.ts";
import { table } from "#cli/output/table.ts";
import { pagesOf } from "#cli/pages.ts";
import { keyFacts } from "#core/access/access-facts.ts";

export default defineCommand({
  args: { remote: deskFlag },
  examples: [{ line: "bsv key list", about: "All keys, revoked and expired ones too" }],
  exits: [5, 6, 7],
  async run(context, { remote }) {
    const desk = await deskOf(context, remote);
    const columns = keyColumns(context.run.now());
    await context.out.list(
      pagesOf((page) => desk.keys(page)),
      {
        none: "No keys: `bsv key create` makes one",
        value: keyFacts,
        text: (page, colours, isFurther) => table(page, columns, colours, isFurther),
      },
    );
    return "done";
  },
});
