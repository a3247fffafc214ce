// Whose a machine is, in a line.
import type { ToldOwnership } from "#core/access/access-facts.ts";

export function ownerText({ machineId, owner, readers }: ToldOwnership): string {
  const whose = owner === null ? "nobody's: only admins see it" : `${owner}'s`;
  return `${machineId} is ${whose}${readers.length === 0 ? "" : `; read by ${readers.join(", ")}`}`;
}
