/*
claim: "an access to this mailbox in this interval would have been recorded, and the record would be in this case"
pillar: coverage
subject: mailbox
question: >
  Could we have seen it? For every mailbox and stretch of time: was every kind of mail access recorded (the log on, mailbox auditing on, a licence that
  brings the records, MailItemsAccessed audited for owner, delegate and administrator, no account bypassed, not throttled), and is the log of that time
  in this case whole? state: recorded; degraded, and which kinds of access would be missing; blind; unknown.
nulls: >
  a setting, licence or collection that nothing speaks of is unknown and leaves the stretch undecided; it is never taken as the default. Every stretch has a finding,
  so that the time between two known ones is told as well.
title: Could an access be seen?
by_time: true
needs:
  audit_events: The unified audit log of this time, for all users, with a statement that it is whole, would decide it.
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/purview/audit-mailboxes
  - https://learn.microsoft.com/purview/audit-get-started
  - https://learn.microsoft.com/powershell/module/exchange/set-mailboxauditbypassassociation
  - https://learn.microsoft.com/powershell/module/exchange/set-adminauditlogconfig
*/
WITH proven AS (
    SELECT c.mailbox, c.valid_from, f.thing, f.table_name, MIN(f.row_id) AS row_id
    FROM mailbox_coverage AS c
    JOIN coverage_facts AS f ON f.mailbox = c.mailbox AND f.is_proven AND f.valid_from <= c.valid_from AND f.valid_to > c.valid_from
    WHERE c.state = 'recorded' AND f.thing <> 'collected_late'
    GROUP BY c.mailbox, c.valid_from, f.thing, f.table_name
),
kinds AS (
    SELECT
        mailbox, valid_from, MAX(CASE WHEN code = 'owner_not_audited' THEN ', owner and applications' ELSE '' END) AS owner,
        MAX(CASE WHEN code = 'worked_unrecorded' THEN ', owner' ELSE '' END) AS worked, MAX(CASE WHEN code = 'delegate_not_audited' THEN ', delegates' ELSE '' END) AS delegate,
        MAX(CASE WHEN code = 'admin_not_audited' THEN ', administrators' ELSE '' END) AS admin, MAX(CASE WHEN code = 'throttled' THEN ', binds' ELSE '' END) AS bind,
        MAX(CASE WHEN code = 'account_bypassed' THEN ', ' || missing ELSE '' END) AS actor
    FROM recording_denials
    GROUP BY mailbox, valid_from
),
reasons AS (
    SELECT
        mailbox, valid_from, CASE thing WHEN 'collected' THEN 'log_collected' WHEN 'entitled' THEN 'licensed' WHEN 'audited_owner' THEN 'audited'
                                        WHEN 'audited_delegate' THEN 'audited' WHEN 'audited_admin' THEN 'audited' ELSE thing END AS code,
        'for' AS stance,
        CASE thing WHEN 'collected' THEN 'The unified audit log of this time was collected whole, as its collector states, at least a day later, and as much is here.'
                   WHEN 'ingestion_on' THEN 'The unified audit log was on.'
                   WHEN 'auditing_on' THEN 'Mailbox auditing was on in the organisation.'
                   WHEN 'entitled' THEN 'The mailbox has mail-access records by its licence, or by its own records around this time.'
                   WHEN 'not_bypassed' THEN 'Auditing was bypassed for no account that is known, and not for its own.'
                   ELSE 'MailItemsAccessed was audited for owner, delegate and administrator.' END AS sentence,
        NULL AS would_decide, table_name, row_id, thing AS role
    FROM proven
    UNION ALL
    SELECT mailbox, valid_from, code, 'against' AS stance, sentence, NULL AS would_decide, table_name, row_id, 'denied by' AS role
    FROM recording_denials
    UNION ALL
    SELECT mailbox, valid_from, code, 'open' AS stance, sentence, would_decide, table_name, row_id, CASE WHEN row_id IS NOT NULL THEN 'in doubt' END AS role
    FROM recording_openings
)
SELECT
    'mailbox' AS subject_kind, c.mailbox AS subject, c.mailbox, GREATEST(c.valid_from, COALESCE($time_from, c.valid_from)) AS time_from,
    LEAST(c.valid_to, COALESCE($time_to, c.valid_to)) AS time_to,
    CASE c.state WHEN 'unknown' THEN 'none' ELSE 'configuration' END AS basis, c.state,
    CASE c.state WHEN 'recorded' THEN 'Every access would be recorded and here'
                 WHEN 'blind' THEN 'No access would be recorded and here'
                 WHEN 'degraded' THEN 'Some accesses would be missing: ' || TRIM(REPLACE(', ' || k.owner || CASE WHEN k.owner = '' THEN k.worked ELSE '' END
                                          || k.delegate || k.admin || k.bind || k.actor, ', , ', ''))
                 ELSE 'Whether an access would be recorded and here is not known' END AS title,
    r.code, r.stance, r.sentence, r.would_decide, r.table_name, r.row_id, r.role
FROM mailbox_coverage AS c
JOIN reasons AS r ON r.mailbox = c.mailbox AND r.valid_from = c.valid_from
LEFT JOIN kinds AS k ON k.mailbox = c.mailbox AND k.valid_from = c.valid_from
WHERE ($time_from IS NULL OR c.valid_to > $time_from) AND ($time_to IS NULL OR c.valid_from < $time_to)
