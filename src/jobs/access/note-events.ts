// Events for the audit log that came without a deed.
import { recordAudit, type AuditEvent } from "#db/access/audit.ts";
import type { Scope } from "#db/scope.ts";

export const noteEvents = (scope: Scope, events: readonly AuditEvent[]): Promise<void> =>
  recordAudit(scope, ...events);
