// Whose uploads are counted together: a key's, or without one those of an address.
import type { Principal } from "#core/principal.ts";
import { neighbourhood } from "./throttle.ts";

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
