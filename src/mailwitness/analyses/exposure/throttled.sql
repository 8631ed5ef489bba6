/*
claim: further messages were accessed by this actor
pillar: exposure
subject: mailbox
question: >
  Was recording of this mailbox throttled while this actor was about? After more than 1,000 records within 24 hours Exchange
  records no binds for the next 24 hours, by anyone. Newer records do not always carry the mark, so a flood followed by silence counts too.
nulls: >
  a record that does not say whether it was throttled is not counted as marked; see throttling_unknown.
title: Time that may be unrecorded
needs:
  mail_accesses: The unified audit log with MailItemsAccessed records of this mailbox would decide it.
sources: [https://learn.microsoft.com/purview/audit-log-investigate-accounts]
*/
SELECT
    'mailbox' AS subject_kind, mailbox AS subject, mailbox, actor, actor_kind, accessed_as, time_from, time_to,
    'record' AS basis, 'unbounded' AS bounds, 'Binds may be missing for 24 hours or more' AS title, code, 'open' AS stance,
    CASE code
        WHEN 'throttled' THEN 'A record is marked as throttled: binds may be missing from '
        ELSE 'At least 1,000 bind records within 24 hours, then none: binds may be missing from ' END
        || COALESCE(REPLACE(CAST(time_from AS TEXT), ' ', 'T') || 'Z', 'an unknown time') || ' to '
        || COALESCE(REPLACE(CAST(time_to AS TEXT), ' ', 'T') || 'Z', 'an unknown time') || '.' AS sentence,
    'Client-side or network evidence of that time would decide it; the audit log cannot.' AS would_decide,
    'mail_accesses' AS table_name, row_id, 'last record before the gap' AS role
FROM exposure_throttling
WHERE is_near
