/*
row: >
  one stretch of time in which a mailbox is known to have, or not to have, records of its mail accesses by its licence. Proven by: the plan of Audit
  (Premium), from the second quarter of 2020; the plan of Audit (Standard) with Exchange Plan 2 (E3, A3, G3), from October 2024, when the
  roll-out (MW-E0028) was over, of a mailbox that was never seen with Premium (what is left when that is taken away is not published: MW-E0023); or
  records of the mailbox that no delegate's licence can explain, a day or more after the last change of its licence, until the next. A licence
  holds where it was seen, and over the unified log or the directory audits before and after as long as these are gapless and show no change.
  Denied by: no plan of Audit (Premium) before the pilot of August 2023; or (how: worked_unrecorded) an owner who worked in the mailbox on three
  days or more of a log without gap that holds not one mail access, which with a plan is a conflict (MW-E0024). Which other plans (Business,
  frontline, Exchange alone) and which shared mailboxes without a licence have such records is not published: of them only their own records tell.
nulls: a licence that no listing or change shows is unknown, not absent.
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-get-started
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/purview/audit-mailboxes
*/
WITH stretches AS (
    SELECT 'unified_audit_log' AS feed, valid_from, valid_to FROM lit_stretches
    UNION ALL
    SELECT feed, valid_from, valid_to FROM feed_stretches WHERE feed = 'directory_audits'
),
held AS (
    SELECT COALESCE(n.mailbox, LOWER(l.user_principal_name)) AS mailbox, LOWER(l.service_plan_id) AS plan, l.valid_from, l.valid_to, l.row_id
    FROM licences AS l
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(l.user_principal_name)
    WHERE LOWER(l.service_plan_id) IN (
        '2f442157-a11c-46b9-ae5b-6e39ff4e5849', 'f6de4823-28fa-440b-b886-4783fa86ddba', 'efb87545-963c-4e0d-99df-69c6916d9eb0',
        '9aaf7827-d63c-4b61-89c3-182f06f82e5c', '4a82b400-a79f-41a4-b4e2-e94f5787b113')
),
sights AS (
    SELECT mailbox, time, MIN(how) AS how
    FROM (
        SELECT COALESCE(n.mailbox, LOWER(o.user_principal_name)) AS mailbox, o.time, o.how
        FROM licence_observations AS o
        LEFT JOIN mailbox_names AS n ON n.name = LOWER(o.user_principal_name)
        WHERE o.time IS NOT NULL AND o.user_principal_name IS NOT NULL
        UNION
        SELECT mailbox, valid_from AS time, NULL AS how FROM held
    ) AS seen
    GROUP BY mailbox, time
),
first_sights AS (
    SELECT mailbox, MIN(time) AS time FROM sights GROUP BY mailbox
),
changes AS (
    SELECT COALESCE(n.mailbox, LOWER(a.object_id)) AS mailbox, a.time
    FROM audit_events AS a
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(a.object_id)
    WHERE a.record_type = 8 AND LOWER(a.operation) LIKE '%license%' AND a.object_id IS NOT NULL AND a.time IS NOT NULL
),
unread_changes AS (
    SELECT DISTINCT c.mailbox, c.time
    FROM changes AS c
    LEFT JOIN stretches AS s ON s.feed = 'directory_audits' AND s.valid_from <= c.time AND s.valid_to > c.time
    WHERE s.feed IS NULL
),
all_changes AS (
    SELECT mailbox, time FROM changes
    UNION
    SELECT mailbox, time FROM sights WHERE how = 'change'
),
plan_spans AS (
    SELECT DISTINCT
        h.mailbox, h.plan, h.row_id,
        CASE WHEN h.valid_from = f.time AND o.how = 'snapshot' THEN s.valid_from ELSE GREATEST(s.valid_from, h.valid_from + INTERVAL '24' HOUR) END AS valid_from,
        LEAST(s.valid_to, h.valid_to) AS valid_to
    FROM held AS h
    JOIN sights AS o ON o.mailbox = h.mailbox AND o.time >= h.valid_from AND o.time < h.valid_to
    JOIN first_sights AS f ON f.mailbox = h.mailbox
    JOIN stretches AS s ON s.valid_from <= o.time AND s.valid_to >= o.time
    LEFT JOIN unread_changes AS c ON c.mailbox = h.mailbox AND c.time >= s.valid_from AND c.time < s.valid_to
    WHERE c.mailbox IS NULL
),
premium AS (
    SELECT mailbox, row_id, GREATEST(valid_from, TIMESTAMP '2020-04-01 00:00:00') AS valid_from, valid_to
    FROM plan_spans
    WHERE plan = '2f442157-a11c-46b9-ae5b-6e39ff4e5849'
),
standard AS (
    SELECT a.mailbox, a.row_id, GREATEST(a.valid_from, e.valid_from, TIMESTAMP '2024-10-01 00:00:00') AS valid_from, LEAST(a.valid_to, e.valid_to) AS valid_to
    FROM plan_spans AS a
    JOIN plan_spans AS e ON e.mailbox = a.mailbox
    LEFT JOIN held AS p ON p.mailbox = a.mailbox AND p.plan = '2f442157-a11c-46b9-ae5b-6e39ff4e5849'
    WHERE p.mailbox IS NULL AND a.plan = 'f6de4823-28fa-440b-b886-4783fa86ddba' AND e.plan = 'efb87545-963c-4e0d-99df-69c6916d9eb0'
),
begun AS (
    SELECT d.mailbox, s.valid_from AS moment, s.valid_to, s.valid_from AS shown_from, GREATEST(s.valid_from + INTERVAL '24' HOUR, TIMESTAMP '2024-10-01 00:00:00') AS holds_from
    FROM (SELECT DISTINCT mailbox FROM access_days WHERE own_row IS NOT NULL) AS d
    CROSS JOIN stretches AS s
    WHERE s.feed = 'unified_audit_log'
    UNION ALL
    SELECT
        c.mailbox, c.time AS moment, s.valid_to, c.time + INTERVAL '24' HOUR AS shown_from,
        GREATEST(c.time + INTERVAL '24' HOUR, TIMESTAMP '2024-10-01 00:00:00') AS holds_from
    FROM all_changes AS c
    JOIN stretches AS s ON s.feed = 'unified_audit_log' AND s.valid_from < c.time AND s.valid_to > c.time
),
unchanged AS (
    SELECT
        mailbox, shown_from, holds_from, LEAST(valid_to, COALESCE(LEAD(moment) OVER (PARTITION BY mailbox ORDER BY moment), valid_to)) AS valid_to
    FROM begun
),
alive AS (
    SELECT u.mailbox, LEAST(MIN(CASE WHEN d.first_own >= u.shown_from THEN d.first_own ELSE d.last_own END), u.holds_from) AS valid_from, u.valid_to, MIN(d.own_row) AS row_id
    FROM unchanged AS u
    JOIN access_days AS d
      ON d.mailbox = u.mailbox
     AND ((d.first_own >= u.shown_from AND d.first_own < u.valid_to) OR (d.last_own >= u.shown_from AND d.last_own < u.valid_to))
    GROUP BY u.mailbox, u.holds_from, u.valid_to
),
silent AS (
    SELECT DISTINCT h.mailbox
    FROM held AS h
    LEFT JOIN access_days AS d ON d.mailbox = h.mailbox
    WHERE d.mailbox IS NULL
),
works AS (
    SELECT COALESCE(n.mailbox, LOWER(a.mailbox_owner_upn)) AS mailbox, a.time, a.row_id
    FROM audit_events AS a
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(a.mailbox_owner_upn)
    WHERE a.operation IN ('MoveToDeletedItems', 'SoftDelete', 'HardDelete', 'Move', 'Update') AND a.logon_type = 0 AND a.user_type = 0 AND a.time IS NOT NULL
      AND (LOWER(a.client_info_string) LIKE 'client=owa%' OR LOWER(a.client_info_string) LIKE 'client=msexchangerpc%'
           OR LOWER(a.client_info_string) LIKE 'client=outlookservice%' OR LOWER(a.client_info_string) LIKE 'client=activesync%')
)
SELECT mailbox, 'premium_plan' AS how, valid_from, valid_to, TRUE AS is_proven, 'licences' AS table_name, row_id
FROM premium
WHERE valid_from < valid_to
UNION ALL
SELECT mailbox, 'standard_plan' AS how, valid_from, valid_to, TRUE AS is_proven, 'licences' AS table_name, row_id
FROM standard
WHERE valid_from < valid_to
UNION ALL
SELECT mailbox, 'own_records' AS how, valid_from, valid_to, TRUE AS is_proven, 'mail_accesses' AS table_name, row_id
FROM alive
WHERE valid_from < valid_to
UNION ALL
SELECT p.mailbox, 'before_roll_out' AS how, p.valid_from, LEAST(p.valid_to, TIMESTAMP '2023-08-01 00:00:00') AS valid_to, FALSE AS is_proven,
       'licences' AS table_name, p.row_id
FROM plan_spans AS p
LEFT JOIN held AS h ON h.mailbox = p.mailbox AND h.plan = '2f442157-a11c-46b9-ae5b-6e39ff4e5849'
WHERE h.mailbox IS NULL AND p.plan <> '2f442157-a11c-46b9-ae5b-6e39ff4e5849' AND p.valid_from < TIMESTAMP '2023-08-01 00:00:00'
UNION ALL
SELECT w.mailbox, 'worked_unrecorded' AS how, s.valid_from, s.valid_to, FALSE AS is_proven, 'audit_events' AS table_name, MIN(w.row_id) AS row_id
FROM works AS w
JOIN silent AS q ON q.mailbox = w.mailbox
JOIN stretches AS s ON s.feed = 'unified_audit_log' AND s.valid_from <= w.time AND s.valid_to > w.time
LEFT JOIN all_changes AS c ON c.mailbox = w.mailbox AND c.time >= s.valid_from - INTERVAL '24' HOUR AND c.time < s.valid_to
WHERE c.mailbox IS NULL
GROUP BY w.mailbox, s.valid_from, s.valid_to
HAVING COUNT(DISTINCT DATE_TRUNC('day', w.time)) >= 3
