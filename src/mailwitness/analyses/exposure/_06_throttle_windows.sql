/*
row: >
  one stretch of a mailbox in which binds may have gone unrecorded: 24 hours from each record marked as throttled (stretches
  that touch are one), or from the last of 1,000 or more bind records within 24 hours after which none follows for 23 hours
  (an hour less than the rule, since the mark may lie before the last record). The second is inferred, for newer records
  do not always carry the mark.
kept: true
sources: [https://learn.microsoft.com/purview/audit-log-investigate-accounts]
*/
WITH touched AS (
    SELECT DISTINCT mailbox FROM exposure_presence
),
marked AS (
    SELECT
        a.mailbox, a.time, a.row_id,
        LAG(a.time) OVER (PARTITION BY a.mailbox ORDER BY a.time, a.row_id) AS marked_before
    FROM mailbox_accesses AS a
    JOIN touched ON touched.mailbox IS NOT DISTINCT FROM a.mailbox
    WHERE a.is_throttled
),
numbered AS (
    SELECT
        mailbox, time, row_id,
        SUM(CASE WHEN marked_before >= time - INTERVAL '24' HOUR THEN 0 ELSE 1 END)
            OVER (PARTITION BY mailbox ORDER BY time, row_id) AS stretch
    FROM marked
),
bind_days AS (
    SELECT a.mailbox, CAST(a.time AS DATE) AS day, COUNT(*) AS binds
    FROM mailbox_accesses AS a
    JOIN touched ON touched.mailbox IS NOT DISTINCT FROM a.mailbox
    WHERE a.is_bind AND a.time IS NOT NULL
    GROUP BY a.mailbox, CAST(a.time AS DATE)
),
busy AS (
    SELECT DISTINCT d.mailbox
    FROM bind_days AS d
    LEFT JOIN bind_days AS before
      ON before.mailbox IS NOT DISTINCT FROM d.mailbox AND before.day = CAST(d.day - INTERVAL '1' DAY AS DATE)
    WHERE d.binds + COALESCE(before.binds, 0) >= 1000
),
paced AS (
    SELECT
        a.mailbox, a.time, a.row_id,
        LAG(a.time, 999) OVER (PARTITION BY a.mailbox ORDER BY a.time, a.row_id) AS time_of_999_before,
        LEAD(a.time) OVER (PARTITION BY a.mailbox ORDER BY a.time, a.row_id) AS time_of_next
    FROM mailbox_accesses AS a
    JOIN busy ON busy.mailbox IS NOT DISTINCT FROM a.mailbox
    WHERE a.is_bind AND a.time IS NOT NULL
)
SELECT mailbox, MIN(time) AS time_from, MAX(time) + INTERVAL '24' HOUR AS time_to, 'throttled' AS code, MIN(row_id) AS row_id
FROM numbered
GROUP BY mailbox, stretch
UNION ALL
SELECT mailbox, time AS time_from, time + INTERVAL '24' HOUR AS time_to, 'throttling_inferred' AS code, row_id
FROM paced
WHERE time_of_999_before > time - INTERVAL '24' HOUR
  AND (time_of_next IS NULL OR time_of_next >= time + INTERVAL '23' HOUR)
