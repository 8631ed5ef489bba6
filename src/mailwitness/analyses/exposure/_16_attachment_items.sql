/*
row: >
  one attachment that an AttachmentAccess record lists, with who accessed it, and the message it belongs to. The record names the
  message by its item id alone; a mail access of the same mailbox that lists that item id gives the internet message id.
kept: true
*/
WITH attachments AS (
    SELECT
        i.row_id, i.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt,
        NULLIF(i.internet_message_id, '') AS internet_message_id,
        COALESCE(NULLIF(i.message_item_id, ''), NULLIF(i.item_id, '')) AS message_item_id
    FROM mail_access_items AS i
    JOIN attachment_accesses AS a ON a.access_id = i.access_id
),
named AS (
    SELECT wanted.message_item_id, wanted.mailbox, MIN(n.internet_message_id) AS internet_message_id
    FROM mail_access_items AS n
    JOIN (SELECT DISTINCT mailbox, message_item_id FROM attachments) AS wanted ON wanted.message_item_id = n.item_id
    LEFT JOIN mailbox_names AS m ON m.name = LOWER(n.mailbox)
    WHERE n.internet_message_id <> '' AND COALESCE(m.mailbox, LOWER(n.mailbox)) = wanted.mailbox
    GROUP BY wanted.message_item_id, wanted.mailbox
    HAVING COUNT(DISTINCT n.internet_message_id) = 1
)
SELECT
    a.row_id, a.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt, a.message_item_id,
    COALESCE(a.internet_message_id, n.internet_message_id) AS internet_message_id,
    COALESCE(a.internet_message_id, n.internet_message_id, a.message_item_id, a.row_id) AS message
FROM attachments AS a
LEFT JOIN named AS n ON n.message_item_id = a.message_item_id AND n.mailbox = a.mailbox
