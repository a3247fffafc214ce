CREATE TABLE `tags` (
	`tag_id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`tag` text NOT NULL,
	FOREIGN KEY (`seq`) REFERENCES `snapshots`(`seq`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `tags_by_snapshot` ON `tags` (`seq`,`tag`);--> statement-breakpoint
ALTER TABLE `tombstones` ADD `parent_id` text;
