/*
row: >
  one attachment that was taken, with its message. A mail access of the same mailbox that lists the message by the same item id gives
  its internet message id; an item id that no other record names, or that two messages carry, stays the message.
kept: true
*/
WITH wanted AS (
    SELECT DISTINCT mailbox, message_item_id
    FROM attachment_listings
    WHERE internet_message_id IS NULL
),
listed AS (
    SELECT n.item_id, n.internet_message_id, COALESCE(m.mailbox, LOWER(n.mailbox)) AS mailbox
    FROM mail_access_items AS n
    LEFT JOIN mailbox_names AS m ON m.name = LOWER(n.mailbox)
    WHERE n.internet_message_id <> '' AND n.item_id IN (SELECT message_item_id FROM wanted)
),
named AS (
    SELECT w.message_item_id, w.mailbox, MIN(l.internet_message_id) AS internet_message_id
    FROM wanted AS w
    JOIN listed AS l ON l.item_id = w.message_item_id AND l.mailbox = w.mailbox
    GROUP BY w.message_item_id, w.mailbox
    HAVING COUNT(DISTINCT l.internet_message_id) = 1
)
SELECT
    a.row_id, a.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt, a.message_item_id,
    COALESCE(a.internet_message_id, n.internet_message_id) AS internet_message_id,
    COALESCE(a.internet_message_id, n.internet_message_id, a.message_item_id, a.row_id) AS message
FROM attachment_listings AS a
LEFT JOIN named AS n ON n.message_item_id = a.message_item_id AND n.mailbox = a.mailbox
