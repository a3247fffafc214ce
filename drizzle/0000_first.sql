CREATE TABLE `backupsets` (
	`machine_id` text NOT NULL,
	`backupset_name` text NOT NULL,
	`created_at` text NOT NULL,
	`description` text,
	`set_id` integer NOT NULL,
	PRIMARY KEY(`machine_id`, `backupset_name`),
	FOREIGN KEY (`machine_id`) REFERENCES `machines`(`machine_id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `backupsets_by_id` ON `backupsets` (`set_id`);--> statement-breakpoint
CREATE TABLE `folders` (
	`folder_id` integer PRIMARY KEY NOT NULL,
	`set_id` integer NOT NULL,
	`path` blob NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `folders_by_path` ON `folders` (`set_id`,`path`);--> statement-breakpoint
CREATE TABLE `installation` (
	`id` integer PRIMARY KEY NOT NULL,
	`agent_id` text NOT NULL,
	`machine_id` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `machines` (
	`machine_id` text PRIMARY KEY NOT NULL,
	`agent_id` text,
	`created_at` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `snapshots` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`snapshot_id` text NOT NULL,
	`timestamp` text GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', timestamp_ms / 1000.0, 'unixepoch')) VIRTUAL,
	`machine_id` text NOT NULL,
	`backupset_name` text NOT NULL,
	`summary` text GENERATED ALWAYS AS (header ->> '$.summary') VIRTUAL,
	`set_id` integer NOT NULL,
	`timestamp_ms` integer NOT NULL,
	`received_at_ms` integer NOT NULL,
	`client_id` text,
	`header` text NOT NULL,
	`error_count` integer GENERATED ALWAYS AS (header ->> '$.summary.error_count') VIRTUAL,
	FOREIGN KEY (`machine_id`,`backupset_name`) REFERENCES `backupsets`(`machine_id`,`backupset_name`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `snapshots_by_id` ON `snapshots` (`snapshot_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `snapshots_by_time` ON `snapshots` (`set_id`,`timestamp_ms`);--> statement-breakpoint
CREATE INDEX `snapshots_by_seq` ON `snapshots` (`set_id`,`seq`);--> statement-breakpoint
CREATE INDEX `snapshots_by_client_id` ON `snapshots` (`client_id`) WHERE client_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `tombstones` (
	`snapshot_id` text PRIMARY KEY NOT NULL,
	`set_id` integer NOT NULL,
	`timestamp_ms` integer NOT NULL,
	`deleted_at_ms` integer NOT NULL,
	`why` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `tombstones_by_time` ON `tombstones` (`set_id`,`timestamp_ms`,`snapshot_id`);--> statement-breakpoint
CREATE TABLE `versions` (
	`version_id` integer PRIMARY KEY NOT NULL,
	`set_id` integer NOT NULL,
	`folder_id` integer NOT NULL,
	`name` blob NOT NULL,
	`from_ms` integer NOT NULL,
	`to_ms` integer NOT NULL,
	`type` integer NOT NULL,
	`size` integer,
	`mtime_us` integer,
	`inode` any,
	`checksum` any,
	`target` blob,
	`error` text,
	`ctime_us` integer,
	`device` integer,
	`read_at_ms` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `versions_by_name` ON `versions` (`folder_id`,`name`,`from_ms`);--> statement-breakpoint
CREATE INDEX `versions_by_start` ON `versions` (`set_id`,`from_ms`);--> statement-breakpoint
CREATE INDEX `versions_by_end` ON `versions` (`set_id`,`to_ms`) WHERE to_ms < 9007199254740991;--> statement-breakpoint
CREATE INDEX `versions_by_checksum` ON `versions` (substr(checksum, 1, 8),`set_id`) WHERE checksum IS NOT NULL;--> statement-breakpoint
CREATE VIEW `snapshot_files` AS
SELECT s.snapshot_id, s.machine_id, s.backupset_name, s.timestamp,
	CAST(CASE WHEN length(v.name) > 0 OR length(f.path) = 1 THEN f.path || v.name ELSE substr(f.path, 1, length(f.path) - 1) END AS TEXT) AS path,
	CASE v.type WHEN 0 THEN 'file' WHEN 1 THEN 'symlink' WHEN 2 THEN 'dir' ELSE 'other' END AS type,
	v.size, v.mtime_us / 1e6 AS mtime, v.inode,
	CASE typeof(v.checksum) WHEN 'blob' THEN lower(hex(v.checksum)) ELSE v.checksum END AS checksum,
	v.error, CAST(v.target AS TEXT) AS target
FROM snapshots s
CROSS JOIN folders f ON f.set_id = s.set_id
CROSS JOIN versions v ON v.folder_id = f.folder_id AND v.from_ms <= s.timestamp_ms AND v.to_ms > s.timestamp_ms;
