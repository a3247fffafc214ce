CREATE TABLE `machine_keys` (
	`machine_id` text NOT NULL,
	`public_key` text NOT NULL,
	`pinned_at_ms` integer NOT NULL,
	`retired_at_ms` integer,
	PRIMARY KEY(`machine_id`, `public_key`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `receipts` (
	`set_id` integer NOT NULL,
	`snapshot_id` text NOT NULL,
	`remote` text NOT NULL,
	`seq` integer NOT NULL,
	`received_at_ms` integer NOT NULL,
	`public_key` text NOT NULL,
	`signature` text NOT NULL,
	`kept_at_ms` integer NOT NULL,
	PRIMARY KEY(`set_id`, `remote`, `snapshot_id`, `seq`, `received_at_ms`, `public_key`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `signatures` (
	`snapshot_id` text PRIMARY KEY NOT NULL,
	`public_key` text NOT NULL,
	`signature` text NOT NULL
) STRICT, WITHOUT ROWID;
