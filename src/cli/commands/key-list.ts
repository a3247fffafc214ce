// `bsv key list`: which keys there are, what they may do, and when they were last used.
import { defineCommand } from "#cli/command.ts";
import { keyColumns } from "#cli/output/access-text.ts";
import { table } from "#cli/output/table.ts";
import { pagesOf } from "#cli/pages.ts";
import { keyFacts } from "#core/access/access-facts.ts";
import { listKeys } from "#db/access/keys.ts";

export default defineCommand({
  examples: [{ line: "bsv key list", about: "All keys, revoked and expired ones too" }],
  exits: [5],
  async run(context) {
    const scope = await context.existingStore();
    const columns = keyColumns(context.run.now());
    await context.out.list(
      pagesOf((page) => listKeys(scope, page)),
      {
        none: "No keys: `bsv key create` makes one",
        value: keyFacts,
        text: (page, colours, isFurther) => table(page, columns, colours, isFurther),
      },
    );
    return "done";
  },
});
