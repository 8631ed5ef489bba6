/*
row: >
  one item that a mail-access record lists, with who accessed it; not the parts of an attachment access. An item has its access's
  time, so that few items need to be looked at; an item without a time is looked for by its access alone.
kept: narrowed
*/
WITH listed AS (
    SELECT
        i.row_id, i.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt, a.is_sync, a.client, a.client_ip,
        a.session, a.operation, i.internet_message_id, i.item_id, i.immutable_id, i.folder_path, i.size_bytes
    FROM mail_access_items AS i
    JOIN exposure_accesses AS a ON a.access_id = i.access_id AND a.time = i.time
    UNION ALL
    SELECT
        i.row_id, i.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt, a.is_sync, a.client, a.client_ip,
        a.session, a.operation, i.internet_message_id, i.item_id, i.immutable_id, i.folder_path, i.size_bytes
    FROM mail_access_items AS i
    JOIN exposure_accesses AS a ON a.access_id = i.access_id
    WHERE i.time IS NULL
)
SELECT
    row_id, access_id, time, mailbox, actor, is_background, service_doubt, is_sync, client, client_ip, session,
    internet_message_id, item_id, folder_path, size_bytes,
    COALESCE(NULLIF(internet_message_id, ''), NULLIF(item_id, ''), immutable_id, row_id) AS message
FROM listed
WHERE operation <> 'AttachmentAccess' OR operation IS NULL
