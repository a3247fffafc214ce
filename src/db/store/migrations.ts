// All migrations, oldest first, inside the binary. `user_version` counts how many a store has had. Only ever added:
// each new one brings a golden store of the version it makes (test/db/golden).
import first from "#drizzle/0000_first.sql" with { type: "text" };
import tags from "#drizzle/0001_tags.sql" with { type: "text" };
import verifications from "#drizzle/0002_verifications.sql" with { type: "text" };
import access from "#drizzle/0003_access.sql" with { type: "text" };
import signatures from "#drizzle/0004_signatures.sql" with { type: "text" };
import verdicts from "#drizzle/0005_verdicts.sql" with { type: "text" };
import storedBytes from "#drizzle/0006_stored_bytes.sql" with { type: "text" };
import nameIndexWithEnd from "#drizzle/0007_name_index_with_end.sql" with { type: "text" };

export interface Migration {
  name: string;
  sql: string;
  /** Tables whose number of rows this migration means to change; every other one must keep it. */
  changesRowsOf?: readonly string[];
}

export const migrations: readonly Migration[] = [
  { name: "0000_first", sql: first },
  { name: "0001_tags", sql: tags },
  { name: "0002_verifications", sql: verifications },
  { name: "0003_access", sql: access },
  { name: "0004_signatures", sql: signatures },
  { name: "0005_verdicts", sql: verdicts },
  { name: "0006_stored_bytes", sql: storedBytes },
  { name: "0007_name_index_with_end", sql: nameIndexWithEnd },
];
