/*
claim: an attachment of this message was accessed by this actor
pillar: exposure
subject: message
question: >
  Which messages had an attachment taken? The record names the message by its item id only; a mail access of the same mailbox that
  lists that item id gives the internet message id.
nulls: >
  an item id that no other record names, or that two messages carry, stays the subject.
title: Attachments accessed
needs:
  mail_accesses: The unified audit log with AttachmentAccess records of this mailbox would decide it.
sources:
  - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema
  - https://github.com/elastic/integrations/tree/main/packages/o365
*/
SELECT
    CASE WHEN a.internet_message_id IS NULL THEN 'item' ELSE 'message' END AS subject_kind, a.message AS subject,
    a.mailbox, a.actor, s.actor_kind, s.accessed_as, a.time AS time_from, a.time AS time_to, 'record' AS basis, s.bounds,
    COALESCE(t.subject, 'Attachment of a message without a known subject') AS title,
    CASE WHEN a.is_background THEN 'service_background' WHEN a.service_doubt IS NOT NULL THEN 'unlisted_service_client'
         ELSE 'attachment_accessed' END AS code, 'for' AS stance,
    CASE WHEN a.is_background THEN 'A record says that a background process of Microsoft''s own service accessed an attachment of this message.'
         WHEN a.service_doubt IS NOT NULL THEN 'An AttachmentAccess record says that this application obtained an attachment of this message. ' || a.service_doubt
         ELSE 'An AttachmentAccess record lists this message: a client obtained an attachment of it.' END AS sentence,
    'mail_access_items' AS table_name, a.row_id, 'item' AS role, 'mail_accesses' AS within_table, a.access_id AS within_row_id
FROM attachment_items AS a
LEFT JOIN exposure_scopes AS s
  ON s.mailbox IS NOT DISTINCT FROM a.mailbox AND s.actor IS NOT DISTINCT FROM a.actor
LEFT JOIN message_subjects AS t ON t.internet_message_id = a.internet_message_id
