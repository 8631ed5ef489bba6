/*
claim: recording of this mailbox was throttled while this actor accessed it
pillar: exposure
subject: mailbox
question: >
  Do the bind records of this actor say whether recording was throttled? Many exports drop the mark, and newer records may not carry it. Where the
  whole log is here and the mailbox never had 1,000 access records within two days, it was not: throttling begins only after so many.
nulls: >
  this is the question of the null; a record that does not say is unknown, never false.
title: Throttling not stated
needs:
  mail_accesses: The unified audit log with MailItemsAccessed records of this mailbox would decide it.
sources: [https://learn.microsoft.com/purview/audit-log-investigate-accounts]
*/
WITH unsaid AS (
    SELECT
        s.mailbox, s.actor, s.actor_kind, s.accessed_as, s.first_time, s.last_time, s.bounds, s.throttling_unsaid, s.an_unsaid_access,
        t.mailbox IS NULL AND n.state = 'proven' AND s.mailbox IS NOT NULL AS is_excluded
    FROM exposure_scopes AS s
    LEFT JOIN throttleable_mailboxes AS t ON t.mailbox IS NOT DISTINCT FROM s.mailbox
    LEFT JOIN recording_needs AS n
      ON n.mailbox IS NOT DISTINCT FROM s.mailbox AND n.actor IS NOT DISTINCT FROM s.actor AND n.thing = 'collected'
    WHERE s.throttling_unsaid > 0
)
SELECT
    'mailbox' AS subject_kind, mailbox AS subject, mailbox, actor, actor_kind, accessed_as, first_time AS time_from,
    last_time AS time_to, CASE WHEN is_excluded THEN 'absence' ELSE 'none' END AS basis, bounds,
    CASE WHEN is_excluded THEN 'Too few records to be throttled' ELSE 'Records do not say whether they were throttled' END AS title,
    CASE WHEN is_excluded THEN 'too_few_to_throttle' ELSE 'throttling_unknown' END AS code,
    CASE WHEN is_excluded THEN 'against' ELSE 'open' END AS stance,
    CASE WHEN is_excluded
         THEN 'The whole log of this time is here, and the mailbox had fewer than 1,000 access records on any two days together: throttling begins only after so many within 24 hours.'
         ELSE CAST(throttling_unsaid AS TEXT) || ' bind records of this actor do not say whether recording was throttled.' END AS sentence,
    CASE WHEN NOT is_excluded THEN 'The raw records with OperationProperties IsThrottled, or an export that keeps it, would decide it.' END AS would_decide,
    'mail_accesses' AS table_name, an_unsaid_access AS row_id, 'first that does not say' AS role
FROM unsaid
