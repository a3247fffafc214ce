// `bsv user list`: who may sign in.
import { defineCommand } from "#cli/command.ts";
import { userColumns } from "#cli/output/access-text.ts";
import { table } from "#cli/output/table.ts";
import { pagesOf } from "#cli/pages.ts";
import { userFacts } from "#core/access/access-facts.ts";
import { listUsers } from "#db/access/users.ts";

export default defineCommand({
  examples: [{ line: "bsv user list", about: "All users, disabled ones too" }],
  exits: [5],
  async run(context) {
    const scope = await context.existingStore();
    await context.out.list(
      pagesOf((page) => listUsers(scope, page)),
      {
        none: "No users: `bsv user add NAME --admin` makes the first",
        value: userFacts,
        text: (page, colours, isFurther) => table(page, userColumns, colours, isFurther),
      },
    );
    return "done";
  },
});
