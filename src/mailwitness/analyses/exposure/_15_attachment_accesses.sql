/*
row: one AttachmentAccess record in the mailbox, by the actor and in the time asked for
kept: true
*/
SELECT access_id, time, mailbox, actor, is_background, service_doubt
FROM exposure_accesses
WHERE operation = 'AttachmentAccess'
