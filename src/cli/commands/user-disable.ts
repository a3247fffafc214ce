// `bsv user disable NAME`: keys and sessions of a user are worth nothing from now on.
import { userSwitch } from "#cli/user-switch.ts";

export default userSwitch({
  isDisabled: true,
  description:
    "Requests under way end, too. The user stays in the audit log, and its machines stay its own; `bsv user enable` takes it back.",
  example: { line: "bsv user disable bob", about: "Lock a user out, within a second" },
});
