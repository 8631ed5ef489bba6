/*
row: >
  one attachment that was taken, with its message. A mail access of the same mailbox that lists the message by the same item id gives
  its internet message id; an item id that no other record names, or that two messages carry, stays the message. Attachment records write
  item ids in the alphabet of REST (- and _), mail accesses in that of the store (/ and +): both are compared in the store's.
kept: true
sources:
  - https://github.com/elastic/integrations/tree/main/packages/o365
  - https://learn.microsoft.com/javascript/api/outlook/office.mailbox (convertToRestId)
*/
WITH wanted AS (
    SELECT DISTINCT mailbox, message_item_id, REPLACE(REPLACE(message_item_id, '-', '/'), '_', '+') AS store_id
    FROM attachment_listings
    WHERE internet_message_id IS NULL
),
spellings AS (
    SELECT s.mailbox AS spelling, COALESCE(m.mailbox, LOWER(s.mailbox)) AS mailbox
    FROM (SELECT DISTINCT mailbox FROM mail_access_items) AS s
    LEFT JOIN mailbox_names AS m ON m.name = LOWER(s.mailbox)
),
searched AS (
    SELECT DISTINCT s.spelling, s.mailbox
    FROM spellings AS s
    JOIN wanted AS w ON w.mailbox = s.mailbox
),
listed AS (
    SELECT
        REPLACE(REPLACE(i.item_id, '-', '/'), '_', '+') AS store_id, i.mailbox AS spelling,
        NULLIF(i.internet_message_id, '') AS internet_message_id
    FROM mail_access_items AS i
    WHERE i.mailbox IN (SELECT spelling FROM searched)
      AND REPLACE(REPLACE(i.item_id, '-', '/'), '_', '+') IN (SELECT store_id FROM wanted)
),
named AS (
    SELECT w.message_item_id, w.mailbox, MIN(l.internet_message_id) AS internet_message_id
    FROM wanted AS w
    JOIN searched AS s ON s.mailbox = w.mailbox
    JOIN listed AS l ON l.store_id = w.store_id AND l.spelling = s.spelling
    GROUP BY w.message_item_id, w.mailbox
    HAVING COUNT(DISTINCT l.internet_message_id) = 1
)
SELECT
    a.row_id, a.access_id, a.time, a.mailbox, a.actor, a.is_background, a.service_doubt, a.message_item_id,
    COALESCE(a.internet_message_id, n.internet_message_id) AS internet_message_id,
    COALESCE(a.internet_message_id, n.internet_message_id, a.message_item_id, a.row_id) AS message
FROM attachment_listings AS a
LEFT JOIN named AS n ON n.message_item_id = a.message_item_id AND n.mailbox = a.mailbox
