// `bsv user list`: who may sign in.
import { defineCommand } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { userColumns } from "#cli/output/access-text.ts";
import { table } from "#cli/output/table.ts";
import { pagesOf } from "#cli/pages.ts";
import { userFacts } from "#core/access/access-facts.ts";

export default defineCommand({
  args: { remote: deskFlag },
  examples: [{ line: "bsv user list", about: "All users, disabled ones too" }],
  exits: [5, 6, 7],
  async run(context, { remote }) {
    const desk = await deskOf(context, remote);
    await context.out.list(
      pagesOf((page) => desk.users(page)),
      {
        none: "No users: `bsv user add NAME --admin` makes the first",
        value: userFacts,
        text: (page, colours, isFurther) => table(page, userColumns, colours, isFurther),
      },
    );
    return "done";
  },
});
