/*
claim: an attachment of this message was accessed by this actor
pillar: exposure
subject: message
question: >
  Which messages had an attachment taken? The record names the message by its item id only; a mail access of the same mailbox that
  lists the same item id gives the internet message id.
nulls: >
  an item id that no other record names, or that two messages carry, stays the subject.
title: Attachments accessed
needs:
  mail_accesses: The unified audit log with AttachmentAccess records of this mailbox would decide it.
sources:
  - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema
  - https://github.com/elastic/integrations/tree/main/packages/o365
*/
WITH attachments AS (
    SELECT i.row_id, i.access_id, a.time, a.mailbox, a.actor, a.is_background, i.item_id, i.internet_message_id
    FROM mail_access_items AS i
    JOIN exposure_accesses AS a ON a.access_id = i.access_id
    WHERE a.operation = 'AttachmentAccess'
),
named AS (
    SELECT n.item_id, a.mailbox, MIN(n.internet_message_id) AS internet_message_id
    FROM mail_access_items AS n
    JOIN (SELECT DISTINCT mailbox, item_id FROM attachments) AS a ON a.item_id = n.item_id
    LEFT JOIN mailbox_names AS m ON m.name = LOWER(n.mailbox)
    WHERE n.internet_message_id IS NOT NULL AND COALESCE(m.mailbox, LOWER(n.mailbox)) = a.mailbox
    GROUP BY n.item_id, a.mailbox
    HAVING COUNT(DISTINCT n.internet_message_id) = 1
)
SELECT
    CASE WHEN COALESCE(a.internet_message_id, n.internet_message_id) IS NULL THEN 'item' ELSE 'message' END AS subject_kind,
    COALESCE(a.internet_message_id, n.internet_message_id, a.item_id, a.row_id) AS subject,
    a.mailbox, a.actor, s.actor_kind, s.accessed_as, a.time AS time_from, a.time AS time_to, 'record' AS basis, s.bounds,
    COALESCE(t.subject, 'Attachment of a message without a known subject') AS title,
    CASE WHEN a.is_background THEN 'service_background' ELSE 'attachment_accessed' END AS code, 'for' AS stance,
    CASE WHEN a.is_background THEN 'A record says that a background process of Microsoft''s own service accessed an attachment of this message.'
         ELSE 'An AttachmentAccess record lists this message: a client obtained an attachment of it.' END AS sentence,
    'mail_access_items' AS table_name, a.row_id, 'item' AS role, 'mail_accesses' AS within_table, a.access_id AS within_row_id
FROM attachments AS a
LEFT JOIN named AS n ON n.item_id = a.item_id AND n.mailbox IS NOT DISTINCT FROM a.mailbox
LEFT JOIN exposure_scopes AS s
  ON s.mailbox IS NOT DISTINCT FROM a.mailbox AND s.actor IS NOT DISTINCT FROM a.actor
LEFT JOIN message_subjects AS t ON t.internet_message_id = COALESCE(a.internet_message_id, n.internet_message_id)
