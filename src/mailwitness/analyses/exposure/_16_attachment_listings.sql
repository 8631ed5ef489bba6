/*
row: >
  one attachment that an AttachmentAccess record lists, with the item id of the message it belongs to, which names it to the record.
  As all items it has its access's time, or none.
kept: true
*/
WITH listed AS (
    SELECT
        i.row_id, i.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt, i.internet_message_id,
        i.message_item_id, i.item_id
    FROM mail_access_items AS i
    JOIN attachment_accesses AS a ON a.access_id = i.access_id AND a.time = i.time
    UNION ALL
    SELECT
        i.row_id, i.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt, i.internet_message_id,
        i.message_item_id, i.item_id
    FROM mail_access_items AS i
    JOIN attachment_accesses AS a ON a.access_id = i.access_id
    WHERE i.time IS NULL
)
SELECT
    row_id, access_id, time, mailbox, actor, is_background, service_doubt,
    NULLIF(internet_message_id, '') AS internet_message_id,
    COALESCE(NULLIF(message_item_id, ''), NULLIF(item_id, '')) AS message_item_id
FROM listed
