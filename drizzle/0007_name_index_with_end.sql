DROP INDEX `versions_by_name`;--> statement-breakpoint
CREATE UNIQUE INDEX `versions_by_name` ON `versions` (`folder_id`,`name`,`from_ms`,`to_ms`);