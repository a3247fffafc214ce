// `bsv audit`: who did what, from where, and how it went; and whether anybody changed that record.
import { defineCommand } from "#cli/command.ts";
import { auditColumns } from "#cli/output/access-text.ts";
import { table } from "#cli/output/table.ts";
import { pagesOf } from "#cli/pages.ts";
import { wholeNumber } from "#cli/values.ts";
import { auditFacts } from "#core/access/access-facts.ts";
import { listAudit, verifyAudit } from "#db/access/audit.ts";

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
  },
  examples: [
    { line: "bsv audit --limit 20", about: "The newest twenty" },
    { line: "bsv audit --verify", about: "Exit 4 if a row was changed or is missing" },
  ],
  exits: [4, 5],
  async run(context, { verify: isVerify, limit }) {
    const { out } = context;
    const scope = await context.existingStore();
    if (isVerify) {
      const { rows, head, broken } = await verifyAudit(scope);
      await out.answer({ rows, head, broken }, () => [
        broken === null
          ? `The audit log holds: ${rows} rows, the last with hash ${head}`
          : `The audit log is broken: row ${broken.seq} ${broken.why}; ${rows} rows before it hold`,
      ]);
      return broken === null ? "done" : "findings";
    }
    await out.list(
      pagesOf((page) => listAudit(scope, page), limit),
      {
        none: "Nothing was recorded yet",
        value: auditFacts,
        text: (page, colours, isFurther) => table(page, auditColumns, colours, isFurther),
      },
    );
    return "done";
  },
});
