// `bsv session revoke ID`: that browser is signed out.
import { readSessionId } from "#cli/access-args.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import { deskFlag, deskOf } from "#cli/desk.ts";
import { sessionFacts } from "#core/access/access-facts.ts";
import { BsvError } from "#core/errors.ts";

export default defineCommand({
  description: "A running server sees it at once. A new password ends all sessions of a user.",
  args: {
    session: { type: "positional", description: "Its id", read: readSessionId },
    remote: deskFlag,
    "dry-run": dryRun,
  },
  examples: [{ line: "bsv session revoke 9c1f4a20b7d3e586", about: "A browser left signed in" }],
  exits: [5, 6, 7, 8],
  async run(context, { session: sessionId, remote, "dry-run": isDryRun }) {
    const desk = await deskOf(context, remote);
    const session = (await desk.sessions()).find((one) => one.sessionId === sessionId);
    if (session === undefined) {
      throw new BsvError("not_found", `There is no session ${sessionId}`);
    }
    if (!isDryRun) await desk.endSession(sessionId);
    const would = isDryRun ? "would be" : "is";
    await context.out.answer({ ...sessionFacts(session), written: !isDryRun }, () => [
      `Session ${sessionId} of ${session.userName} ${would} ended`,
    ]);
    return "done";
  },
});
