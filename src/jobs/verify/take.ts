// Takes the record of a verification that was done elsewhere: only ever added, so that nobody can make a bad one good afterwards.
import type { Run } from "#core/run.ts";
import type { Verification } from "#core/proof/verification.ts";
import type { Quota } from "#db/access/quota.ts";
import type { Scope } from "#db/scope.ts";
import { recordVerification } from "#db/proof/verifications.ts";

export interface TakeInput {
  readonly verification: Verification;
  /** Of its owner; without it, there is no limit. */
  readonly quota?: Quota | undefined;
}

export async function takeVerification(
  scope: Scope,
  { verification, quota }: TakeInput,
  run: Run,
): Promise<"stored" | "exists"> {
  run.signal.throwIfAborted();
  return recordVerification(scope, verification, undefined, quota);
}
