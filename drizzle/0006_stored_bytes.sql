ALTER TABLE `backupsets` ADD `stored_bytes` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
UPDATE `backupsets` SET `stored_bytes` = 200 * (SELECT count(*) FROM `versions` v INDEXED BY `versions_by_start` WHERE v.`set_id` = `backupsets`.`set_id`);
