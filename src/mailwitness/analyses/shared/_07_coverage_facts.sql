/*
row: >
  one stretch of time in which one thing that the recording of a mailbox's accesses depends on is known, proven or denied. As
  `recording_proofs`, for each mailbox with what holds for the whole tenant; and: entitled (a licence that has mail-access
  records at that date, or a day on which the mailbox has such records), audited_kind (denied for mailboxes that are never audited),
  throttled and throttling_inferred (denied: binds of that time may be missing), account_bypassed (denied: acts of some account are not recorded).
nulls: what is known neither way has no row.
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/purview/audit-mailboxes
  - https://learn.microsoft.com/purview/audit-get-started
*/
WITH accessed AS (
    SELECT COALESCE(n.mailbox, LOWER(a.mailbox)) AS mailbox, a.time, a.row_id, a.is_throttled,
           COALESCE(a.operation = 'MailItemsAccessed' AND COALESCE(a.mail_access_type, 'Bind') <> 'Sync', FALSE) AS is_bind
    FROM mail_accesses AS a
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(a.mailbox)
    WHERE a.time IS NOT NULL AND a.mailbox IS NOT NULL
      AND ($mailbox IS NULL OR LOWER(a.mailbox) IN (SELECT name FROM asked_names WHERE part = 'mailbox'))
),
mailboxes AS (
    SELECT DISTINCT mailbox FROM accessed
    UNION
    SELECT COALESCE(n.mailbox, LOWER(m.mailbox)) AS mailbox
    FROM mailbox_settings AS m
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(m.mailbox)
    WHERE $mailbox IS NULL OR LOWER(m.mailbox) IN (SELECT name FROM asked_names WHERE part = 'mailbox')
    UNION
    SELECT COALESCE(MIN(n.mailbox), LOWER(CAST($mailbox AS TEXT))) AS mailbox
    FROM asked_names AS a
    LEFT JOIN mailbox_names AS n ON n.name = a.name
    WHERE a.part = 'mailbox' AND $mailbox IS NOT NULL
    HAVING COUNT(*) > 0
),
days AS (
    SELECT mailbox, DATE_TRUNC('day', time) AS moment, MIN(row_id) AS row_id, COUNT(*) AS records,
           SUM(CASE WHEN is_bind THEN 1 ELSE 0 END) AS binds
    FROM accessed
    GROUP BY mailbox, DATE_TRUNC('day', time)
),
paced_days AS (
    SELECT mailbox, moment, row_id,
           CASE WHEN LAG(moment) OVER (PARTITION BY mailbox ORDER BY moment) = moment - INTERVAL '24' HOUR THEN 0 ELSE 1 END AS is_first
    FROM days
),
alive AS (
    SELECT mailbox, MIN(moment) AS valid_from, MAX(moment) + INTERVAL '24' HOUR AS valid_to, MIN(row_id) AS row_id
    FROM (
        SELECT mailbox, moment, row_id, SUM(is_first) OVER (PARTITION BY mailbox ORDER BY moment) AS stretch FROM paced_days
    ) AS numbered
    GROUP BY mailbox, stretch
),
busy AS (
    SELECT DISTINCT d.mailbox
    FROM days AS d
    LEFT JOIN days AS before ON before.mailbox = d.mailbox AND before.moment = d.moment - INTERVAL '24' HOUR
    WHERE d.binds + COALESCE(before.binds, 0) >= 1000
),
paced AS (
    SELECT
        a.mailbox, a.time, a.row_id,
        LAG(a.time, 999) OVER (PARTITION BY a.mailbox ORDER BY a.time, a.row_id) AS time_of_999_before,
        LEAD(a.time) OVER (PARTITION BY a.mailbox ORDER BY a.time, a.row_id) AS time_of_next
    FROM accessed AS a
    JOIN busy ON busy.mailbox = a.mailbox
    WHERE a.is_bind
)
SELECT m.mailbox, p.thing, p.valid_from, p.valid_to, p.is_proven, p.table_name, p.row_id
FROM mailboxes AS m
JOIN recording_proofs AS p ON p.about IN ('', m.mailbox)
WHERE p.thing NOT IN ('collected', 'licensed') AND p.valid_from < p.valid_to
UNION ALL
SELECT m.mailbox, 'collected' AS thing, f.valid_from, f.valid_to, TRUE AS is_proven, 'collection_windows' AS table_name, f.row_id
FROM mailboxes AS m
CROSS JOIN feed_stretches AS f
WHERE f.feed = 'unified_audit_log'
UNION ALL
SELECT m.mailbox, 'collected' AS thing, f.valid_from, f.valid_to, FALSE AS is_proven, 'collection_windows' AS table_name, f.row_id
FROM mailboxes AS m
CROSS JOIN feed_windows AS f
WHERE f.feed = 'unified_audit_log' AND NOT f.is_proven
UNION ALL
SELECT mailbox, 'entitled' AS thing, valid_from, valid_to, TRUE AS is_proven, 'mail_accesses' AS table_name, row_id
FROM alive
UNION ALL
SELECT
    m.mailbox, 'entitled' AS thing,
    GREATEST(l.valid_from, CASE WHEN LOWER(l.service_plan_id) = '2f442157-a11c-46b9-ae5b-6e39ff4e5849'
                                THEN TIMESTAMP '2020-04-01 00:00:00' ELSE TIMESTAMP '2024-10-01 00:00:00' END) AS valid_from,
    l.valid_to, TRUE AS is_proven, 'licences' AS table_name, l.row_id
FROM licences AS l
LEFT JOIN mailbox_names AS n ON n.name = LOWER(l.user_principal_name)
JOIN mailboxes AS m ON m.mailbox = COALESCE(n.mailbox, LOWER(l.user_principal_name))
WHERE LOWER(l.service_plan_id) IN ('2f442157-a11c-46b9-ae5b-6e39ff4e5849', 'f6de4823-28fa-440b-b886-4783fa86ddba')
  AND l.valid_to > TIMESTAMP '2024-10-01 00:00:00'
UNION ALL
SELECT m.mailbox, 'audited_kind' AS thing, s.valid_from, s.valid_to, FALSE AS is_proven, 'mailbox_settings' AS table_name, s.row_id
FROM mailbox_settings AS s
LEFT JOIN mailbox_names AS n ON n.name = LOWER(s.mailbox)
JOIN mailboxes AS m ON m.mailbox = COALESCE(n.mailbox, LOWER(s.mailbox))
WHERE LOWER(s.recipient_type) LIKE '%group%' OR LOWER(s.recipient_type) LIKE '%room%' OR LOWER(s.recipient_type) LIKE '%equipment%'
   OR LOWER(s.recipient_type) LIKE '%publicfolder%'
UNION ALL
SELECT m.mailbox, 'account_bypassed' AS thing, p.valid_from, p.valid_to, FALSE AS is_proven, p.table_name, p.row_id
FROM mailboxes AS m
CROSS JOIN recording_proofs AS p
WHERE p.thing = 'not_bypassed' AND NOT p.is_proven
UNION ALL
SELECT mailbox, 'throttled' AS thing, time AS valid_from, time + INTERVAL '24' HOUR AS valid_to, FALSE AS is_proven, 'mail_accesses' AS table_name, row_id
FROM accessed
WHERE is_throttled
UNION ALL
SELECT mailbox, 'throttling_inferred' AS thing, time AS valid_from, time + INTERVAL '24' HOUR AS valid_to, FALSE AS is_proven,
       'mail_accesses' AS table_name, row_id
FROM paced
WHERE time_of_999_before > time - INTERVAL '24' HOUR
  AND (time_of_next IS NULL OR time_of_next >= time + INTERVAL '23' HOUR)
