/*
claim: the list of accessed messages is complete
pillar: exposure
subject: mailbox
question: >
  How far can the list of messages be believed, for this mailbox, actor and time? exact: every access would have been recorded and
  collected. at_least: nothing proves that. unbounded: a folder was synchronised or recording was throttled, so the list has no upper end.
nulls: >
  anything unknown of throttling, collection or settings makes it at_least; nothing is taken as the default.
title: Bounds of the exposure
needs:
  mail_accesses: The unified audit log with MailItemsAccessed records of this mailbox would decide it.
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/purview/audit-mailboxes
*/
WITH said AS (
    SELECT
        mailbox, actor, 'folder_synced' AS code, 'open' AS stance, 'record' AS basis,
        'Folders were synchronised; a sync record names no messages.' AS sentence,
        'An inventory of the synchronised folders as they were then would decide it.' AS would_decide,
        'mail_accesses' AS table_name, access_id AS row_id, 'sync' AS role
    FROM exposure_accesses
    WHERE is_sync
    UNION ALL
    SELECT
        mailbox, actor, code, 'open', 'record',
        CASE code WHEN 'throttled' THEN 'Recording of this mailbox was throttled near this actor''s presence.'
                  ELSE 'Recording of this mailbox was probably throttled near this actor''s presence.' END,
        'Client-side or network evidence of that time would decide it; the audit log cannot.', 'mail_accesses', row_id,
        'last record before the gap'
    FROM exposure_throttling
    WHERE is_near
    UNION ALL
    SELECT mailbox, actor, code, 'open', 'none', sentence, would_decide, table_name, row_id, 'gap'
    FROM recording_gaps
    UNION ALL
    SELECT
        s.mailbox, s.actor, 'recording_proven', 'for', 'absence',
        'No sync, no throttling; the audit log of this time was collected whole, as its collector states, and the settings of this time record every access of this kind.',
        NULL, p.table_name, p.row_id, p.thing
    FROM exposure_scopes AS s
    JOIN recording_needs AS n
      ON n.mailbox IS NOT DISTINCT FROM s.mailbox AND n.actor IS NOT DISTINCT FROM s.actor
    JOIN recording_proofs AS p
      ON p.thing = n.thing AND p.about = n.about AND p.is_proven AND p.valid_from <= n.time_to AND p.valid_to > n.time_from
    WHERE s.bounds = 'exact'
)
SELECT
    'mailbox' AS subject_kind, s.mailbox AS subject, s.mailbox, s.actor, s.actor_kind, s.accessed_as, s.time_from, s.time_to,
    r.basis, s.bounds,
    CASE s.bounds WHEN 'exact' THEN 'The list of messages is exact' WHEN 'at_least' THEN 'At least the listed messages were accessed'
                  ELSE 'There is no upper bound to what was accessed' END AS title,
    r.code, r.stance, r.sentence, r.would_decide, r.table_name, r.row_id, r.role
FROM exposure_scopes AS s
JOIN said AS r
  ON r.mailbox IS NOT DISTINCT FROM s.mailbox AND r.actor IS NOT DISTINCT FROM s.actor
