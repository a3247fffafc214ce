// `bsv user enable NAME`: a disabled user may sign in again.
import { userSwitch } from "#cli/user-switch.ts";

export default userSwitch({
  isDisabled: false,
  description: "With the keys it had; sessions are not brought back.",
  example: { line: "bsv user enable bob", about: "Let a user in again" },
});
