// Takes the record of a verification that was done elsewhere: only ever added, so that nobody can make a bad one good afterwards.
import type { Run } from "#core/run.ts";
import type { Verification } from "#core/proof/verification.ts";
import type { Scope } from "#db/scope.ts";
import { recordVerification } from "#db/proof/verifications.ts";

export async function takeVerification(
  scope: Scope,
  verification: Verification,
  run: Run,
): Promise<"stored" | "exists"> {
  run.signal.throwIfAborted();
  return recordVerification(scope, verification);
}
