CREATE TABLE `copies` (
	`copy_id` integer PRIMARY KEY NOT NULL,
	`set_id` integer NOT NULL,
	`name` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `copies_by_name` ON `copies` (`set_id`,`name`);--> statement-breakpoint
CREATE TABLE `verifications` (
	`nr` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`set_id` integer NOT NULL,
	`snapshot_id` text NOT NULL,
	`copy` text,
	`started_at_ms` integer NOT NULL,
	`method` text NOT NULL,
	`record` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `verifications_by_id` ON `verifications` (`id`);--> statement-breakpoint
CREATE INDEX `verifications_by_time` ON `verifications` (`set_id`,`started_at_ms`,`nr`);--> statement-breakpoint
CREATE INDEX `verifications_by_snapshot` ON `verifications` (`snapshot_id`);--> statement-breakpoint
CREATE TABLE `verified_contents` (
	`copy_id` integer NOT NULL,
	`content` blob NOT NULL,
	`verified_at_ms` integer NOT NULL,
	PRIMARY KEY(`copy_id`, `content`)
) STRICT, WITHOUT ROWID;
