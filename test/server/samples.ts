// What the routes that can't do without a body or a query are given where any will do.
import { noFindings } from "#core/proof/finding.ts";
import { verificationFacts } from "#core/proof/verification.ts";
import type { Route } from "#server/route.ts";

export const nameOf = ({ method, path }: Pick<Route, "method" | "path">): string =>
  `${method} ${path}`;

const verification = verificationFacts({
  id: "f".repeat(32),
  machineId: "mach-eve",
  setName: "some-set",
  snapshotId: "d".repeat(64),
  copy: "nas",
  target: "/mnt/nas",
  startedAtMs: 0,
  durationMs: 0,
  method: "read",
  coverage: {
    filesTotal: 0,
    filesChecked: 0,
    bytesTotal: 0,
    bytesChecked: 0,
    filesCompared: 0,
    filesBad: 0,
    notChecked: {},
  },
  counts: noFindings(),
  bytesRead: 0,
  isComplete: true,
  cut: null,
  listed: [],
});

/** Bodies and queries of routes that can't do without. */
export const BODIES: Record<string, object> = {
  "POST /machines/{machine_id}/backupsets/{set_name}/{snapshot_id}/verdict": {
    accepted: true,
    why: "it is",
  },
  "POST /machines/{machine_id}/backupsets/{set_name}/uploads": { content_type: "application/json" },
  "POST /machines/{machine_id}/backupsets/{set_name}/verifications": verification,
  "POST /machines/{machine_id}/backupsets/{set_name}/prune": { keep_last: 100, yes_remove: 0 },
  "POST /auth/session": { user: "nobody", password: "correct horse battery" },
  "POST /users": { user: "zoe" },
  "PUT /users/{user}/password": { password: "correct horse battery" },
  "POST /keys": { scopes: ["read"] },
  "PUT /machines/{machine_id}/owner": { user: "user-eve" },
  "POST /setup": { token: "x", user: "zoe" },
};
export const QUERIES: Record<string, string> = {
  "GET /machines/{machine_id}/backupsets/{set_name}/log": "?path=/home",
  "GET /machines/{machine_id}/backupsets/{set_name}/prune": "?keep_last=1",
  "GET /machines/{machine_id}/backupsets/{set_name}/prune/versions": "?keep_last=1",
};
