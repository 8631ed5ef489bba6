/*
row: >
  one legacy success that was asked for, with all that decides whether it obtained mail. has_mail: an access belongs to it. is_closed: the
  protocol was proven off from an hour before to an hour after (Exchange needs time to notice a change). is_off: proven off at that moment.
  is_on: proven to be something else. is_discredited: its client was let in to the mailbox while it is said to have been off. has_: something
  around it that may be mail of this sign-in. is_recorded: an access of the owner would be in this case, from two minutes before to a day after.
nulls: what nothing proves is FALSE here; it never counts as proof of the opposite.
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
  - https://learn.microsoft.com/powershell/module/exchangepowershell/set-transportconfig
*/
WITH asked AS (
    SELECT signin, time, person, client, switch, label, network, reads_mail, is_person_known FROM legacy_successes WHERE is_asked
),
mail AS (
    SELECT DISTINCT signin FROM signin_mail
),
let_in AS (
    SELECT s.about, s.setting, s.valid_from, a.client, MIN(a.row_id) AS row_id, MIN(a.table_name) AS table_name
    FROM protocol_states AS s
    JOIN legacy_protocols AS p ON p.switch = s.setting AND p.reads_mail
    JOIN client_acts AS a
      ON a.person = s.about AND a.client = p.client AND a.is_on_mailbox AND a.is_certain
     AND a.time >= s.valid_from + INTERVAL '1' HOUR AND a.time < s.valid_to
    WHERE s.value = 'false'
    GROUP BY s.about, s.setting, s.valid_from, a.client
),
switched AS (
    SELECT
        a.signin, BOOL_OR(s.value = 'false') AS is_off, BOOL_OR(s.value <> 'false') AS is_on,
        BOOL_OR(s.value = 'false' AND s.valid_from <= a.time - INTERVAL '1' HOUR AND s.valid_to > a.time + INTERVAL '1' HOUR) AS is_closed,
        MIN(s.row_id) AS setting_row, MIN(i.row_id) AS let_in_row, MIN(i.table_name) AS let_in_table
    FROM asked AS a
    JOIN protocol_states AS s ON s.about = a.person AND s.setting = a.switch AND s.valid_from <= a.time AND s.valid_to > a.time
    LEFT JOIN let_in AS i
      ON i.about = s.about AND i.setting = s.setting AND i.valid_from = s.valid_from AND i.client = a.client AND s.value = 'false'
    WHERE a.reads_mail AND a.is_person_known
    GROUP BY a.signin
),
smtp AS (
    SELECT
        a.signin, MIN(CASE WHEN s.about <> '' THEN s.value END) AS on_mailbox, MIN(CASE WHEN s.about = '' THEN s.value END) AS in_tenant
    FROM asked AS a
    JOIN protocol_states AS s
      ON s.about IN (a.person, '') AND s.setting = 'smtp_client_authentication_disabled' AND s.valid_from <= a.time AND s.valid_to > a.time
    WHERE a.reads_mail AND a.is_person_known
    GROUP BY a.signin
),
stretches AS (
    SELECT
        mailbox, valid_from, valid_to,
        collected = 'proven' AND ingestion_on = 'proven' AND auditing_on = 'proven' AND entitled = 'proven' AND audited_owner = 'proven'
            AND not_bypassed = 'proven' AND audited_kind = 'proven' AND owner_recorded = 'proven' AND not_silent = 'proven'
            AND not_throttled = 'proven' AND no_throttling_inferred = 'proven' AS is_recorded,
        'denied' IN (collected, ingestion_on, auditing_on, audited_owner, not_bypassed, audited_kind, owner_recorded) AS is_blind,
        'proven' <> not_throttled OR 'proven' <> no_throttling_inferred AS is_throttled
    FROM mailbox_coverage
),
covered AS (
    SELECT
        a.signin, BOOL_OR(c.is_blind) AS is_blind, BOOL_OR(c.is_throttled) AS is_throttled,
        BOOL_AND(c.is_recorded) AND MIN(c.valid_from) <= MIN(a.time) - INTERVAL '2' MINUTE
            AND MAX(c.valid_to) > MIN(a.time) + INTERVAL '24' HOUR AS is_recorded
    FROM asked AS a
    JOIN stretches AS c
      ON c.mailbox = a.person AND c.valid_from <= a.time + INTERVAL '24' HOUR AND c.valid_to > a.time - INTERVAL '2' MINUTE
    WHERE a.reads_mail AND a.is_person_known
    GROUP BY a.signin
),
unread AS (
    SELECT DISTINCT DATE_TRUNC('hour', r.time) AS hour
    FROM rejects AS r
    LEFT JOIN evidence AS f ON f.evidence_id = r.evidence_id
    LEFT JOIN audit_events AS whole ON whole.id = r.id
    WHERE whole.row_id IS NULL
      AND (r.operation IN ('MailItemsAccessed', 'MessageBind', 'AttachmentAccess')
           OR (r.operation IS NULL AND NOT COALESCE(f.reader LIKE '%signins%', FALSE)))
),
unread_near AS (
    SELECT DISTINCT a.signin
    FROM asked AS a
    JOIN unread AS u ON u.hour IS NULL OR (u.hour > a.time - INTERVAL '2' HOUR AND u.hour <= a.time + INTERVAL '24' HOUR)
    WHERE a.reads_mail
)
SELECT
    l.signin, l.subject, l.row_id, l.twin_row, l.time, l.person, l.protocol, l.label, l.client, l.network, l.switch, l.reads_mail, l.is_person_known,
    l.policies,
    m.signin IS NOT NULL AS has_mail, COALESCE(s.is_closed AND NOT s.is_on, FALSE) AS is_closed, COALESCE(s.is_off, FALSE) AS is_off,
    COALESCE(s.is_on, FALSE) AS is_on, s.setting_row, s.let_in_row, s.let_in_table, s.let_in_row IS NOT NULL AS is_discredited,
    COALESCE(r.next_same <= l.time + INTERVAL '24' HOUR, FALSE) OR COALESCE(r.last_same >= l.time - INTERVAL '62' MINUTE, FALSE) AS has_same,
    COALESCE(r.next_loose <= l.time + INTERVAL '24' HOUR, FALSE) AS has_loose_after,
    COALESCE(r.next_connected <= l.time + INTERVAL '24' HOUR, FALSE) OR COALESCE(r.last_connected >= l.time - INTERVAL '2' MINUTE, FALSE) AS has_connected,
    COALESCE(r.next_unclear <= l.time + INTERVAL '24' HOUR, FALSE) OR COALESCE(r.last_unclear >= l.time - INTERVAL '62' MINUTE, FALSE) AS has_unclear,
    COALESCE(r.next_elsewhere <= l.time + INTERVAL '24' HOUR, FALSE)
        OR COALESCE(r.last_elsewhere >= l.time - CASE WHEN l.network IS NULL THEN INTERVAL '62' MINUTE ELSE INTERVAL '2' MINUTE END, FALSE) AS has_elsewhere,
    r.next_same, r.last_same, r.next_loose, r.next_connected, r.last_connected, r.next_unclear, r.last_unclear, r.next_elsewhere, r.last_elsewhere,
    r.undated_row, COALESCE(c.is_recorded, FALSE) AS is_recorded, COALESCE(c.is_blind, FALSE) AS is_blind, COALESCE(c.is_throttled, FALSE) AS is_throttled,
    u.signin IS NOT NULL AS is_unread, $as_of IS NOT NULL AND COALESCE(l.time > $as_of - INTERVAL '48' HOUR, TRUE) AS is_late,
    COALESCE(l.client = 'imap' AND l.time >= TIMESTAMP '2026-01-07 23:35:00' AND l.time < TIMESTAMP '2026-01-15 00:00:00', FALSE) AS is_in_outage,
    CASE WHEN q.on_mailbox = 'false' OR (q.on_mailbox = 'null' AND q.in_tenant = 'false') THEN 'SMTP AUTH was allowed'
         WHEN q.on_mailbox = 'true' OR (q.on_mailbox = 'null' AND q.in_tenant = 'true') THEN 'SMTP AUTH was switched off'
         WHEN q.on_mailbox = 'null' THEN 'SMTP AUTH followed the tenant, whose value is not known'
         ELSE 'whether SMTP AUTH was allowed is not known' END AS smtp_said,
    CASE WHEN l.policies IS NULL THEN 'the sign-in shows no Conditional Access policies, which may have been withheld'
         WHEN LOWER(l.policies) LIKE '%"result":"failure"%' THEN 'the sign-in shows a Conditional Access policy that it failed, which a success contradicts'
         WHEN LOWER(l.policies) LIKE '%"result":"success"%' THEN 'the Conditional Access policies that the sign-in shows let it pass'
         ELSE 'no Conditional Access policy that the sign-in shows was applied to it' END AS policies_said,
    COALESCE(LOWER(l.policies) LIKE '%"result":"failure"%', FALSE) AS has_failed_policy
FROM legacy_successes AS l
LEFT JOIN mail AS m ON m.signin = l.signin
LEFT JOIN switched AS s ON s.signin = l.signin
LEFT JOIN smtp AS q ON q.signin = l.signin
LEFT JOIN signin_surroundings AS r ON r.signin = l.signin
LEFT JOIN covered AS c ON c.signin = l.signin
LEFT JOIN unread_near AS u ON u.signin = l.signin
WHERE l.is_asked
