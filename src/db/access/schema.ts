// The tables of who may touch what: people, their keys and sessions, and the record of what was done. No secret is in them,
// only hashes of secrets: whoever reads a backup of the store can't sign in with it.
import { sql } from "drizzle-orm";
import {
  customType,
  index,
  integer,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";

const bytes = customType<{ data: Uint8Array }>({ dataType: () => "blob" });

/** People. Never deleted, only disabled: machines and the audit log name them. */
export const users = sqliteTable(
  "users",
  {
    userId: integer("user_id").primaryKey({ autoIncrement: true }),
    name: text().notNull(),
    isAdmin: integer("is_admin", { mode: "boolean" }).notNull(),
    /** argon2id; null: no sign-in by password. */
    passwordHash: text("password_hash"),
    createdAtMs: integer("created_at_ms").notNull(),
    disabledAtMs: integer("disabled_at_ms"),
  },
  (table) => [uniqueIndex("users_by_name").on(table.name)],
);

/** What a machine or a script signs in with. `secret_hash` is the SHA-256 of 256 random bits: nothing to guess. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    keyId: text("key_id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.userId),
    secretHash: bytes("secret_hash").notNull(),
    label: text(),
    /** Words with spaces between them. */
    scopes: text().notNull(),
    /** A JSON list of patterns of machine names; null: all that its user owns. */
    machines: text(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms"),
    revokedAtMs: integer("revoked_at_ms"),
    lastUsedAtMs: integer("last_used_at_ms"),
    lastUsedFrom: text("last_used_from"),
    /** The key whose place it takes. */
    replaces: text(),
  },
  (table) => [index("api_keys_by_user").on(table.userId)],
);

/** Signed-in browsers. The cookie's value is hashed; `session_id` is the name people and logs call it by. */
export const sessions = sqliteTable(
  "sessions",
  {
    sessionId: text("session_id").primaryKey(),
    secretHash: bytes("secret_hash").notNull(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.userId),
    createdAtMs: integer("created_at_ms").notNull(),
    lastUsedAtMs: integer("last_used_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
    cameFrom: text("came_from"),
  },
  (table) => [index("sessions_by_user").on(table.userId)],
);

/** Only ever added to: triggers refuse all else, and each row's hash covers the row before it. */
export const audit = sqliteTable(
  "audit",
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    atMs: integer("at_ms").notNull(),
    at: text().generatedAlwaysAs(sql`strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch')`),
    actor: text().notNull(),
    what: text().notNull(),
    target: text(),
    cameFrom: text("came_from"),
    result: text().notNull(),
    hash: bytes().notNull(),
  },
  (table) => [index("audit_by_time").on(table.atMs)],
);
