// `bsv audit`: who did what, from where, and how it went; and whether anybody changed that record.
import { defineCommand } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { auditColumns } from "#cli/output/access-text.ts";
import { table } from "#cli/output/table.ts";
import { pagesOf } from "#cli/pages.ts";
import { wholeNumber } from "#cli/values.ts";
import { auditFacts } from "#core/access/access-facts.ts";

export default defineCommand({
  description: `Sign-ins, changes of users, keys and owners, deletions and refused uploads, newest
first. Each row's hash covers the one before it: --verify follows the chain from its
start, and tells the hash of its end. Who notes that elsewhere can later tell that
nothing before it was changed; without, nobody sees a log rewritten as a whole.`,
  args: {
    verify: { type: "boolean", description: "Follow the chain instead of listing it" },
    limit: {
      type: "string",
      alias: "l",
      valueHint: "N",
      description: "At most this many rows",
      read: wholeNumber(1),
    },
    remote: deskFlag,
  },
  examples: [
    { line: "bsv audit --limit 20", about: "The newest twenty" },
    { line: "bsv audit --verify", about: "Exit 4 if a row was changed or is missing" },
  ],
  exits: [4, 5, 6, 7],
  async run(context, { verify: isVerify, limit, remote }) {
    const { out } = context;
    const desk = await deskOf(context, remote);
    if (isVerify) {
      const { rows, head, broken } = await desk.proveAudit();
      await out.answer({ rows, head, broken }, () => [
        broken === null
          ? `The audit log holds: ${rows} rows, the last with hash ${head}`
          : `The audit log is broken: row ${broken.seq} ${broken.why}; ${rows} rows before it hold`,
      ]);
      return broken === null ? "done" : "findings";
    }
    await out.list(
      pagesOf((page) => desk.audit(page), limit),
      {
        none: "Nothing was recorded yet",
        value: auditFacts,
        text: (page, colours, isFurther) => table(page, auditColumns, colours, isFurther),
      },
    );
    return "done";
  },
});
