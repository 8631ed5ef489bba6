/*
claim: this message was accessed by this actor
pillar: exposure
subject: message
question: >
  Which messages does a mail-access record list for this actor? A message counts once per mailbox and actor, however
  often it was bound. Accessed means that a client obtained it; that a person read it is never recorded.
nulls: >
  a message without an internet message id is named by its item id; an unknown time is kept; an unknown kind of access is
  still an access, for the record lists the message.
title: Messages accessed
in_turns: true
needs:
  mail_accesses: The unified audit log with MailItemsAccessed records of this mailbox would decide it.
sources: [https://learn.microsoft.com/purview/audit-log-investigate-accounts]
*/
SELECT
    'message' AS subject_kind, i.message AS subject, i.mailbox, i.actor, s.actor_kind, s.accessed_as,
    i.time AS time_from, i.time AS time_to, 'record' AS basis, s.bounds,
    COALESCE(t.subject, 'Message without a known subject') AS title,
    CASE WHEN i.is_background THEN 'service_background' WHEN i.service_doubt IS NOT NULL THEN 'unlisted_service_client'
         WHEN i.is_sync THEN 'listed_in_sync' ELSE 'bound' END AS code,
    'for' AS stance,
    CASE WHEN i.is_background THEN 'A record lists this message as accessed by a background process of Microsoft''s own service: no session, the service''s own client and address.'
         WHEN i.service_doubt IS NOT NULL THEN 'A mail-access record lists this message as accessed by this application. ' || i.service_doubt
         WHEN i.is_sync THEN 'A sync record lists this message: a client obtained it.'
         ELSE 'A mail-access record lists this message: a client obtained it. Whether a person read it is not recorded.' END AS sentence,
    'mail_access_items' AS table_name, i.row_id, 'item' AS role, 'mail_accesses' AS within_table, i.access_id AS within_row_id
FROM exposed_items AS i
LEFT JOIN exposure_scopes AS s
  ON s.mailbox IS NOT DISTINCT FROM i.mailbox AND s.actor IS NOT DISTINCT FROM i.actor
LEFT JOIN message_subjects AS t ON t.internet_message_id = i.internet_message_id
