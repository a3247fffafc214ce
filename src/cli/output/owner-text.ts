// Whose a machine is, in a line.
import type { Ownership } from "#db/access/owners.ts";

export function ownerText({ machineId, owner, readers }: Ownership): string {
  const whose = owner === null ? "nobody's: only admins see it" : `${owner}'s`;
  return `${machineId} is ${whose}${readers.length === 0 ? "" : `; read by ${readers.join(", ")}`}`;
}
