// Events for the audit log that came without a deed.
import { recordAudit, type AuditEvent } from "#db/access/audit.ts";
import type { Scope } from "#db/scope.ts";

export async function noteEvents(scope: Scope, events: readonly AuditEvent[]): Promise<void> {
  for (const event of events) await recordAudit(scope, event);
}
