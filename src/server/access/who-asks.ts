// Who a request comes from: what it says, believed or refused by the gate, unless too many tries before it failed.
import type { Principal } from "#core/access/principal.ts";
import type { House } from "#server/house.ts";
import type { Visit } from "#server/layers/visit.ts";
import { credentialOf, nameIn } from "./credential.ts";

/** Undefined: it does not say. Throws `unauthenticated` when what it says is not so, `rate_limited`, `invalid_request`. */
export function whoAsks({ bounds, gate }: House, visit: Visit): Promise<Principal | undefined> {
  const { request, from } = visit;
  const credential = credentialOf(request);
  return bounds.attempts.guard(from, nameIn(credential), () =>
    gate.identify(credential, request, from),
  );
}
