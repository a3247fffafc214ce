// Who a remote takes us for, in a line.
import type { RemoteSelf } from "#jobs/access/whoami.ts";
import { printable } from "./escape.ts";

export function selfText({ url, ...self }: RemoteSelf & { url: string }): string {
  if (self.user === null) return `${url}, which asks nobody to sign in`;
  const where = self.machines === null ? "" : ` on ${self.machines.map(printable).join(", ")}`;
  const key = self.key_id === null ? "" : `, key ${printable(self.key_id)}`;
  return `${url} as ${printable(self.user)} (${self.role}${key}): ${self.scopes.join(", ")}${where}`;
}
