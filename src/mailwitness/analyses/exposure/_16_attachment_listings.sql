/*
row: one attachment that an AttachmentAccess record lists, with the item id of the message it belongs to, which names it to the record
kept: true
*/
SELECT
    i.row_id, i.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt,
    NULLIF(i.internet_message_id, '') AS internet_message_id,
    COALESCE(NULLIF(i.message_item_id, ''), NULLIF(i.item_id, '')) AS message_item_id
FROM mail_access_items AS i
JOIN attachment_accesses AS a ON a.access_id = i.access_id
