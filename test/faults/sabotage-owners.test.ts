import { brokenOnPurpose, type Sabotage } from "./sabotage.ts";

const OWNED = "db/owned.ts";

const SABOTAGES: Sabotage[] = [
  {
    breaks: "I10: the owner filter is dropped: everybody sees all",
    file: OWNED,
    from: "return `(${owner} IS NULL OR m.owner_id = ${owner} OR",
    to: "return `(true OR ${owner} IS NULL OR m.owner_id = ${owner} OR",
    test: ["server/isolation.test.ts", "I10: another owner's things answer like"],
  },
  {
    breaks: "I10: snapshots are found by their ids, whosever they are",
    file: OWNED,
    from: "if (row === null || !isSeen(scope, row.machine_id)) {",
    to: "if (row === null) {",
    test: ["db/isolation.test.ts", "I10: entryPages tells"],
  },
  {
    breaks: "I10: sets are found by their names, whosever they are",
    file: OWNED,
    from: "return row !== null && isSeen(scope, set.machineId) ? row.set_id : undefined;",
    to: "return row?.set_id;",
    test: ["db/isolation.test.ts", "I10: querySnapshots tells"],
  },
  {
    breaks: "I10: keys of others may be revoked",
    file: "db/access/keys.ts",
    from: "if (row !== undefined && isOwnUser(scope, row.userId)) return keyOf(row);",
    to: "if (row !== undefined) return keyOf(row);",
    test: ["db/isolation.test.ts", "I10: revokeKey tells"],
  },
  {
    breaks: "I10: a foreign upload is anybody's who knows its id",
    file: "jobs/uploads.ts",
    from: "(upload.ownerId ?? null) === ownerId;",
    to: "true;",
    test: ["server/isolation.test.ts", "I10: another owner's things answer like"],
  },
  {
    breaks: "I10: a taken name is taken over",
    file: OWNED,
    from: "if (!isTaken || isSeen(scope, machineId)) return;",
    to: "if (isTaken) return;",
    test: ["db/isolation.test.ts", "I10: a name that another has is taken"],
  },
  {
    breaks: "I8: a key that may push may do anything",
    file: "core/access/principal.ts",
    from: `return rights.has(need) || rights.has("admin");`,
    to: "return rights.size > 0;",
    test: ["server/isolation.test.ts", "I8: who has not the right is told so"],
  },
  {
    breaks: "a revoked key goes on",
    file: "db/access/keys.ts",
    from: "const isEnded = row.revoked_at_ms !== null || row.disabled_at_ms !== null;",
    to: "const isEnded = row.disabled_at_ms !== null;",
    test: ["server/access.test.ts", "a key that another process revokes"],
  },
  {
    breaks: "a key revoked in mid-request still writes",
    file: OWNED,
    from: "if (keyId === undefined || keyId === null) return;",
    to: "if (keyId !== null) return;",
    test: ["server/owners.test.ts", "a key revoked in mid-request"],
  },
  {
    breaks: "a token is believed unsigned",
    file: "core/access/token.ts",
    from: "if (signature.length !== right.length || !isEqual(signature, right)) return undefined;",
    to: "",
    test: ["server/access.test.ts", "a token that was altered"],
  },
  {
    breaks: "a cookie acts for any page",
    file: "server/access/keys-gate.ts",
    from: "if (!isForeign && !(isSilent && !isSafe)) return;",
    to: "if (isSafe || !isSafe) return;",
    test: ["server/access.test.ts", "a session is opened by a password"],
  },
  {
    breaks: "I9: the audit log's rows are not chained",
    file: "db/access/audit.ts",
    from: "if (row.hash !== expected) return",
    to: "if (row.hash.length !== expected.length) return",
    test: ["db/audit.test.ts", "I9: an event that was changed"],
  },
];

// Each costs seconds: the ordinary run takes that of the filter that most else is built on.
const isSoak = process.env["BSV_SOAK"] === "1";
brokenOnPurpose(SABOTAGES, isSoak ? SABOTAGES : SABOTAGES.slice(1, 2));
