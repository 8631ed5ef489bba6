/*
claim: recording of this mailbox was throttled while this actor accessed it
pillar: exposure
subject: mailbox
question: >
  Do the bind records of this actor say whether recording was throttled? Many exports drop the mark, and newer records may not carry it.
nulls: >
  this is the question of the null; a record that does not say is unknown, never false.
title: Throttling not stated
needs:
  mail_accesses: The unified audit log with MailItemsAccessed records of this mailbox would decide it.
sources: [https://learn.microsoft.com/purview/audit-log-investigate-accounts]
*/
SELECT
    'mailbox' AS subject_kind, mailbox AS subject, mailbox, actor, actor_kind, accessed_as, first_time AS time_from,
    last_time AS time_to, 'none' AS basis, bounds, 'Records do not say whether they were throttled' AS title,
    'throttling_unknown' AS code, 'open' AS stance,
    CAST(throttling_unsaid AS TEXT) || ' bind records of this actor do not say whether recording was throttled.' AS sentence,
    'The raw records with OperationProperties IsThrottled, or an export that keeps it, would decide it.' AS would_decide,
    'mail_accesses' AS table_name, an_unsaid_access AS row_id, 'first that does not say' AS role
FROM exposure_scopes
WHERE throttling_unsaid > 0
