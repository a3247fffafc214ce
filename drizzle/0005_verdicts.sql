CREATE TABLE `verdicts` (
	`seq` integer PRIMARY KEY NOT NULL,
	`verdict` text NOT NULL,
	`reasons` text NOT NULL,
	`follows` text,
	`measures` text,
	`rules_version` integer NOT NULL,
	`judged_at_ms` integer NOT NULL,
	`accepted_at_ms` integer,
	`accepted_why` text,
	FOREIGN KEY (`seq`) REFERENCES `snapshots`(`seq`) ON UPDATE no action ON DELETE no action
) STRICT;
