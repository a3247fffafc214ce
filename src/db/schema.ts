// The tables of a store, from which drizzle-kit drafts the migrations in drizzle/. The owner's tables `backupsets` and
// `snapshots` keep their columns (`files` is the view `snapshot_files`); what a file was over time is in `versions`.
import { sql } from "drizzle-orm";
import {
  customType,
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { users } from "./access/schema.ts";

/** Raw bytes: names and paths. */
const bytes = customType<{ data: Uint8Array }>({ dataType: () => "blob" });
/** Keeps what is given, number or text, blob or text: no affinity may round or convert it. */
const exact = customType<{ data: number | string | Uint8Array }>({ dataType: () => "any" });

/** One row: who this installation is. */
export const installations = sqliteTable("installation", {
  id: integer().primaryKey(),
  agentId: text("agent_id").notNull(),
  machineId: text("machine_id").notNull(),
});

/** A machine, the one installation (agent) that may write under its name, and the user whose it is; null: only admins'. */
export const machines = sqliteTable(
  "machines",
  {
    machineId: text("machine_id").primaryKey(),
    agentId: text("agent_id"),
    createdAt: text("created_at").notNull(),
    ownerId: integer("owner_id").references(() => users.userId),
  },
  (table) => [index("machines_by_owner").on(table.ownerId)],
);

/** Users who may read a machine that is another's. */
export const machineReaders = sqliteTable(
  "machine_readers",
  {
    userId: integer("user_id")
      .notNull()
      .references(() => users.userId),
    machineId: text("machine_id")
      .notNull()
      .references(() => machines.machineId),
  },
  (table) => [primaryKey({ columns: [table.userId, table.machineId] })],
);

export const backupsets = sqliteTable(
  "backupsets",
  {
    machineId: text("machine_id")
      .notNull()
      .references(() => machines.machineId),
    setName: text("backupset_name").notNull(),
    createdAt: text("created_at").notNull(),
    description: text(),
    setId: integer("set_id").notNull(),
    /** What its snapshots cost the file; what was there before this was counted is guessed. */
    storedBytes: integer("stored_bytes").notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.machineId, table.setName] }),
    uniqueIndex("backupsets_by_id").on(table.setId),
  ],
);

/** `seq` is the order of recording, never reused; `timestamp_ms` orders the history. The header is kept verbatim. */
export const snapshots = sqliteTable(
  "snapshots",
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    snapshotId: text("snapshot_id").notNull(),
    timestamp: text().generatedAlwaysAs(
      sql`strftime('%Y-%m-%dT%H:%M:%fZ', timestamp_ms / 1000.0, 'unixepoch')`,
    ),
    machineId: text("machine_id").notNull(),
    setName: text("backupset_name").notNull(),
    summary: text().generatedAlwaysAs(sql`header ->> '$.summary'`),
    setId: integer("set_id").notNull(),
    timestampMs: integer("timestamp_ms").notNull(),
    receivedAtMs: integer("received_at_ms").notNull(),
    clientId: text("client_id"),
    header: text().notNull(),
    errorCount: integer("error_count").generatedAlwaysAs(sql`header ->> '$.summary.error_count'`),
  },
  (table) => [
    foreignKey({
      columns: [table.machineId, table.setName],
      foreignColumns: [backupsets.machineId, backupsets.setName],
    }),
    uniqueIndex("snapshots_by_id").on(table.snapshotId),
    uniqueIndex("snapshots_by_time").on(table.setId, table.timestampMs),
    index("snapshots_by_seq").on(table.setId, table.seq),
    index("snapshots_by_client_id")
      .on(table.clientId)
      .where(sql`client_id IS NOT NULL`),
  ],
);

/** Words people put on snapshots: beside the header, never in it, for that is what the id is the hash of. */
export const tags = sqliteTable(
  "tags",
  {
    tagId: integer("tag_id").primaryKey(),
    seq: integer()
      .notNull()
      .references(() => snapshots.seq),
    tag: text().notNull(),
  },
  (table) => [uniqueIndex("tags_by_snapshot").on(table.seq, table.tag)],
);

/** Whether each snapshot is plausible after the one before it, with the numbers that say so: beside the header, like tags. */
export const verdicts = sqliteTable("verdicts", {
  seq: integer()
    .primaryKey()
    .references(() => snapshots.seq),
  verdict: text().notNull(),
  /** JSON: what was not plausible of this step itself. */
  reasons: text().notNull(),
  /** The id of the earlier suspicious snapshot whose doubt it inherits. */
  follows: text(),
  /** JSON; null where there was no snapshot before. */
  measures: text(),
  rulesVersion: integer("rules_version").notNull(),
  judgedAtMs: integer("judged_at_ms").notNull(),
  /** When somebody said that it is as it should be, and why. */
  acceptedAtMs: integer("accepted_at_ms"),
  acceptedWhy: text("accepted_why"),
});

/** What was deleted stays known, so that it does not come back by a push. */
export const tombstones = sqliteTable(
  "tombstones",
  {
    snapshotId: text("snapshot_id").primaryKey(),
    setId: integer("set_id").notNull(),
    timestampMs: integer("timestamp_ms").notNull(),
    deletedAtMs: integer("deleted_at_ms").notNull(),
    why: text().notNull(),
    /** What its header named as its parent, so that the chain can be followed across the gap. */
    parentId: text("parent_id"),
  },
  (table) => [index("tombstones_by_time").on(table.setId, table.timestampMs, table.snapshotId)],
);

/** Folders are named once for each set; `path` ends with a slash, or is empty. */
export const folders = sqliteTable(
  "folders",
  {
    folderId: integer("folder_id").primaryKey(),
    setId: integer("set_id").notNull(),
    path: bytes().notNull(),
  },
  (table) => [uniqueIndex("folders_by_path").on(table.setId, table.path)],
);

/**
 * One entry as it stood in every snapshot of `[from_ms, to_ms)`; `to_ms` is the first later snapshot that lacks it, 2^53−1
 * while there is none. Neighbours in time are never equal. The last three columns are the scan cache: what only this disk
 * can say of the file when it was last read, never part of its identity. See docs/decisions/0101-versions.md.
 */
export const versions = sqliteTable(
  "versions",
  {
    versionId: integer("version_id").primaryKey(),
    setId: integer("set_id").notNull(),
    folderId: integer("folder_id").notNull(),
    name: bytes().notNull(),
    fromMs: integer("from_ms").notNull(),
    toMs: integer("to_ms").notNull(),
    type: integer().notNull(),
    size: integer(),
    mtimeUs: integer("mtime_us"),
    inode: exact(),
    checksum: exact(),
    target: bytes(),
    error: text(),
    ctimeUs: integer("ctime_us"),
    device: integer(),
    readAtMs: integer("read_at_ms"),
  },
  (table) => [
    // With the end in it, a walk passes what does not cover a moment without reading its row.
    uniqueIndex("versions_by_name").on(table.folderId, table.name, table.fromMs, table.toMs),
    index("versions_by_start").on(table.setId, table.fromMs),
    index("versions_by_end")
      .on(table.setId, table.toMs)
      .where(sql`to_ms < 9007199254740991`),
    index("versions_by_checksum")
      .on(sql`substr(checksum, 1, 8)`, table.setId)
      .where(sql`checksum IS NOT NULL`),
  ],
);

/** One row for each run of verify, scrub or drill; `record` holds its coverage, counts and first findings as JSON. */
export const verifications = sqliteTable(
  "verifications",
  {
    nr: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull(),
    setId: integer("set_id").notNull(),
    /** Of a snapshot that may be pruned since: what was found then stays so. */
    snapshotId: text("snapshot_id").notNull(),
    /** Null for the source. */
    copy: text(),
    startedAtMs: integer("started_at_ms").notNull(),
    method: text().notNull(),
    record: text().notNull(),
  },
  (table) => [
    uniqueIndex("verifications_by_id").on(table.id),
    index("verifications_by_time").on(table.setId, table.startedAtMs, table.nr),
    index("verifications_by_snapshot").on(table.snapshotId),
  ],
);

/** Where a set's files are proven to be: the source (an empty name) and each copy, numbered for `verified_contents`. */
export const copies = sqliteTable(
  "copies",
  {
    copyId: integer("copy_id").primaryKey(),
    setId: integer("set_id").notNull(),
    name: text().notNull(),
  },
  (table) => [uniqueIndex("copies_by_name").on(table.setId, table.name)],
);

/**
 * When a content was last read and found good in a copy: the checksum's first 16 bytes, for one place holds it under any name.
 * Contents, not paths: an unchanged file stays proven over all snapshots, and one that was pruned leaves nothing false behind.
 */
export const verifiedContents = sqliteTable(
  "verified_contents",
  {
    copyId: integer("copy_id").notNull(),
    content: bytes().notNull(),
    verifiedAtMs: integer("verified_at_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.copyId, table.content] })],
);

/** The signatures of snapshots, beside their documents; a deleted one's stays, as proof that there was such a one. */
export const signatures = sqliteTable("signatures", {
  snapshotId: text("snapshot_id").primaryKey(),
  publicKey: text("public_key").notNull(),
  signature: text().notNull(),
});

/** The keys a machine's snapshots are signed with: one that holds, those before it retired. */
export const machineKeys = sqliteTable(
  "machine_keys",
  {
    machineId: text("machine_id").notNull(),
    publicKey: text("public_key").notNull(),
    pinnedAtMs: integer("pinned_at_ms").notNull(),
    retiredAtMs: integer("retired_at_ms"),
  },
  (table) => [primaryKey({ columns: [table.machineId, table.publicKey] })],
);

/** What remotes have acknowledged to this installation; `public_key` is empty where a remote signs nothing. */
export const receipts = sqliteTable(
  "receipts",
  {
    setId: integer("set_id").notNull(),
    snapshotId: text("snapshot_id").notNull(),
    remote: text().notNull(),
    seq: integer().notNull(),
    receivedAtMs: integer("received_at_ms").notNull(),
    publicKey: text("public_key").notNull(),
    signature: text().notNull(),
    keptAtMs: integer("kept_at_ms").notNull(),
  },
  (table) => [
    primaryKey({
      columns: [
        table.setId,
        table.remote,
        table.snapshotId,
        table.seq,
        table.receivedAtMs,
        table.publicKey,
      ],
    }),
  ],
);
