/*
row: one folder of one mailbox synchronised by one actor; without a folder path the record names none, and it may be any
*/
SELECT mailbox, actor, folder_path, MIN(time) AS first_time, MAX(time) AS last_time, COUNT(*) AS syncs
FROM exposure_accesses
WHERE is_sync
GROUP BY mailbox, actor, folder_path
