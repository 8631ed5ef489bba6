/*
row: >
  one item that a mail-access record lists, with who accessed it; not the parts of an attachment access
kept: narrowed
*/
SELECT
    i.row_id, i.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt, a.is_sync, a.client, a.client_ip, a.session,
    i.internet_message_id, i.item_id, i.folder_path, i.size_bytes,
    COALESCE(NULLIF(i.internet_message_id, ''), NULLIF(i.item_id, ''), i.immutable_id, i.row_id) AS message
FROM mail_access_items AS i
JOIN exposure_accesses AS a ON a.access_id = i.access_id
WHERE a.operation <> 'AttachmentAccess' OR a.operation IS NULL
