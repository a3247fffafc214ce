// `bsv key create`: what a machine or a script signs in with. The secret is told once.
import { readLabel, readLife, readPattern, readRight, readUserName } from "#cli/access-args.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { keyFacts } from "#core/access/access-facts.ts";
import { MOST_PATTERNS } from "#core/access/access.ts";
import { BsvError } from "#core/errors.ts";
import type { Right } from "#core/access/principal.ts";

export default defineCommand({
  description: `On the host of the server, whose data folder this is, or anywhere with --remote. The
key is written to stdout, once: only a hash of it is kept.

push may reserve names and add snapshots, and do nothing to what is there; read may
read; admin may do both, and delete, tag, share and make keys. With the scope admin,
an admin's key sees all owners' machines; without, only its user's own.`,
  args: {
    scope: {
      type: "string",
      multiple: true,
      valueHint: "SCOPE",
      description: "push, read or admin; may be repeated (default: push)",
      read: readRight,
    },
    machine: {
      type: "string",
      multiple: true,
      valueHint: "PATTERN",
      description:
        "Only for machines of this name, in which * and ? may stand (default: all its user's)",
      read: readPattern,
    },
    user: {
      type: "string",
      valueHint: "NAME",
      description: "Whose key it is (default: the only admin; with --remote, whose key asks)",
      read: readUserName,
    },
    expires: {
      type: "string",
      valueHint: "LIFE",
      description: "How long it lives, as in 90d or 12h (default: until it is revoked)",
      read: readLife,
    },
    label: { type: "string", valueHint: "TEXT", description: "What it is for", read: readLabel },
    remote: deskFlag,
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv key create --machine laptop", about: "For one machine to push with" },
    { line: "bsv key create --scope read --user bob --expires 90d", about: "To read Bob's" },
    {
      line: "bsv key create --scope admin --label 'my laptop'",
      about: "For whoever runs the server",
    },
    { line: "bsv key create --machine nas --remote default", about: "From elsewhere" },
  ],
  exits: [5, 6, 7, 8],
  async run(context, args) {
    const { out } = context;
    if (args.machine.length > MOST_PATTERNS) {
      throw new BsvError("usage", `A key is bound to ${MOST_PATTERNS} patterns at most`);
    }
    const desk = await deskOf(context, args.remote);
    const rights: Right[] = args.scope.length === 0 ? ["push"] : args.scope;
    const machines = args.machine.length === 0 ? null : args.machine;
    const user = args.user ?? (await desk.usualUser());
    if (args["dry-run"]) {
      const wish = { user, scopes: rights, machines };
      await out.answer({ ...wish, written: false }, () => [`Would make a key of ${user}`]);
      return "done";
    }
    const wish = {
      user,
      rights,
      machines,
      label: args.label ?? null,
      lifeMs: args.expires ?? null,
    };
    const { key, text } = await desk.createKey(wish);
    out.note(`Key ${key.keyId} of ${key.userName}; it is shown only now:`);
    await out.answer({ ...keyFacts(key), key: text, written: true }, () => [text]);
    return "done";
  },
});
