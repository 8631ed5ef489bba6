/*
row: >
  one stretch of time and one reason to doubt that an access to a mailbox (about is '' for all of them) would be in this case although nothing denies it.
  collection_incomplete (a collector says that it did not get all of that window, and some of it is here), before_first_record (the log of this case
  begins on a later day, as a log does whose older records had expired), known_outage, exports_disagree (more records of that window are here than
  its collector says there were), record_types_filtered (bind records and not one record of the types that syncs have), search_incomplete
  (MW-E0035), several_tenants (no statement says of which tenant's log it is), throttling_inferred (a thousand records within a day, and then no bind), silent_day (a weekday of which the log has records, but none
  of a mailbox that has accesses on nearly all others).
nulls: a record that does not say whether it was throttled ends no doubt; a record without a time raises none.
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog
*/
WITH begun AS (
    SELECT DATE_TRUNC('day', MIN(moment)) AS day FROM audit_minutes
),
counted AS (
    SELECT w.row_id, w.window_from, w.window_to, COALESCE(w.expected, w.received) AS records
    FROM collection_windows AS w
    JOIN feed_windows AS p ON p.row_id = w.row_id
    WHERE p.feed = 'unified_audit_log' AND w.complete AND COALESCE(w.expected, w.received) >= COALESCE(w.received, w.expected)
),
points AS (
    SELECT moment, SUM(records) AS records
    FROM (
        SELECT moment, records FROM audit_minutes
        UNION ALL
        SELECT window_from AS moment, 0 AS records FROM counted
        UNION ALL
        SELECT window_to - INTERVAL '1' MINUTE AS moment, 0 AS records FROM counted
    ) AS p
    GROUP BY moment
),
added_up AS (
    SELECT moment, records, SUM(records) OVER (ORDER BY moment ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS so_far
    FROM points
),
exceeded AS (
    SELECT c.row_id, c.window_from, c.window_to
    FROM counted AS c
    JOIN added_up AS first ON first.moment = c.window_from
    JOIN added_up AS last ON last.moment = c.window_to - INTERVAL '1' MINUTE
    WHERE last.so_far - first.so_far + first.records > c.records
),
partly_held AS (
    SELECT w.row_id, w.valid_from, w.valid_to
    FROM feed_windows AS w
    JOIN audit_minutes AS m ON m.moment > w.valid_from - INTERVAL '1' MINUTE AND m.moment < w.valid_to
    WHERE w.feed = 'unified_audit_log' AND NOT w.is_proven
    GROUP BY w.row_id, w.valid_from, w.valid_to
),
kinds AS (
    SELECT SUM(aggregated) AS aggregated, SUM(single) AS single FROM audit_minutes
),
searched AS (
    SELECT MIN(evidence_id) AS evidence_id
    FROM evidence
    WHERE reader LIKE 'sual%' OR reader LIKE 'mes%' OR reader LIKE 'hawk%'
),
busy AS (
    SELECT DISTINCT d.mailbox
    FROM access_days AS d
    LEFT JOIN access_days AS before ON before.mailbox = d.mailbox AND before.moment = d.moment - INTERVAL '24' HOUR
    WHERE d.records + COALESCE(before.records, 0) >= 1000
),
accesses AS (
    SELECT b.mailbox, a.time, a.row_id, COALESCE(a.mail_access_type, 'Bind') <> 'Sync' AS is_bind
    FROM mail_accesses AS a
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(a.mailbox)
    JOIN busy AS b ON b.mailbox = COALESCE(n.mailbox, LOWER(a.mailbox))
    WHERE a.operation = 'MailItemsAccessed' AND a.time IS NOT NULL
),
paced AS (
    SELECT
        mailbox, time, row_id, is_bind, LAG(time, 999) OVER (PARTITION BY mailbox ORDER BY time, row_id) AS time_of_999_before,
        MIN(CASE WHEN is_bind THEN time END)
            OVER (PARTITION BY mailbox ORDER BY time, row_id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_bind
    FROM accesses
),
weekdays AS (
    SELECT d.moment, s.valid_from, s.valid_to
    FROM (SELECT DISTINCT DATE_TRUNC('day', moment) AS moment FROM audit_minutes) AS d
    JOIN feed_stretches AS s ON s.feed = 'unified_audit_log' AND s.valid_from <= d.moment AND s.valid_to >= d.moment + INTERVAL '24' HOUR
    WHERE d.moment < DATE_TRUNC('week', d.moment) + INTERVAL '5' DAY
),
rhythms AS (
    SELECT d.mailbox, w.valid_from, MIN(d.moment) AS first_day, MAX(d.moment) AS last_day, COUNT(*) AS days
    FROM access_days AS d
    JOIN weekdays AS w ON w.moment = d.moment
    GROUP BY d.mailbox, w.valid_from
),
silent_days AS (
    SELECT r.mailbox, w.moment, r.valid_from, r.days, COUNT(*) OVER (PARTITION BY r.mailbox, r.valid_from ORDER BY r.last_day, w.moment
                                                     ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS missing
    FROM rhythms AS r
    JOIN weekdays AS w ON w.valid_from = r.valid_from AND w.moment > r.first_day AND w.moment < r.last_day
    LEFT JOIN access_days AS d ON d.mailbox = r.mailbox AND d.moment = w.moment
    WHERE d.mailbox IS NULL
)
SELECT '' AS about, 'collection_incomplete' AS thing, valid_from, valid_to, 'collection_windows' AS table_name, row_id
FROM partly_held
UNION ALL
SELECT '' AS about, 'before_first_record' AS thing, TIMESTAMP '1900-01-01 00:00:00' AS valid_from, day AS valid_to, NULL AS table_name, NULL AS row_id
FROM begun
WHERE day IS NOT NULL
UNION ALL
SELECT '' AS about, 'known_outage' AS thing, TIMESTAMP '1900-01-01 00:00:00' AS valid_from, TIMESTAMP '2020-04-01 00:00:00' AS valid_to,
       NULL AS table_name, NULL AS row_id
UNION ALL
SELECT '' AS about, 'search_incomplete' AS thing, TIMESTAMP '2023-06-01 00:00:00' AS valid_from, TIMESTAMP '2025-02-01 00:00:00' AS valid_to,
       'evidence' AS table_name, evidence_id AS row_id
FROM searched
WHERE evidence_id IS NOT NULL
UNION ALL
SELECT '' AS about, 'several_tenants' AS thing, TIMESTAMP '1900-01-01 00:00:00' AS valid_from, TIMESTAMP '9999-12-31 00:00:00' AS valid_to,
       NULL AS table_name, NULL AS row_id
FROM (SELECT COUNT(*) AS tenants FROM case_tenants) AS t
WHERE t.tenants > 1
UNION ALL
SELECT '' AS about, 'exports_disagree' AS thing, window_from AS valid_from, window_to AS valid_to, 'collection_windows' AS table_name, row_id
FROM exceeded
UNION ALL
SELECT '' AS about, 'record_types_filtered' AS thing, TIMESTAMP '1900-01-01 00:00:00' AS valid_from, TIMESTAMP '9999-12-31 00:00:00' AS valid_to,
       NULL AS table_name, NULL AS row_id
FROM kinds
WHERE aggregated > 0 AND single = 0
UNION ALL
SELECT mailbox AS about, 'throttling_inferred' AS thing, time AS valid_from, time + INTERVAL '24' HOUR AS valid_to, 'mail_accesses' AS table_name, row_id
FROM paced
WHERE time_of_999_before > time - INTERVAL '24' HOUR AND (next_bind IS NULL OR next_bind >= time + INTERVAL '23' HOUR)
UNION ALL
SELECT mailbox AS about, 'silent_day' AS thing, moment AS valid_from, moment + INTERVAL '24' HOUR AS valid_to, NULL AS table_name, NULL AS row_id
FROM silent_days
WHERE days >= 4 AND missing * 6 <= days
