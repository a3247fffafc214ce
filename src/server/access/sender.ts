// Whose uploads are counted together: a key's, or without one those of an address.
import type { Principal } from "#core/access/principal.ts";
import { neighbourhood } from "#server/layers/throttle.ts";

export function senderOf({
  principal,
  from,
}: {
  principal: Principal | undefined;
  from: string;
}): string {
  if (typeof principal?.keyId === "string") return `key ${principal.keyId}`;
  if (typeof principal?.userId === "number") return `user ${principal.userId}`;
  return `address ${neighbourhood(from)}`;
}
