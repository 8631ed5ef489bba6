/*
row: >
  one log and stretch of time in which what is said of its collection stays the same, from its first record or window to its last, or the time asked
  for. A log that every case needs (the unified log, three kinds of sign-in, directory audits) and that is not here at all has one stretch, of the
  time that the other logs span.
kept: true
*/
WITH held AS (
    SELECT 'unified_audit_log' AS feed, MIN(time) AS first, MAX(time) AS last FROM audit_events
    UNION ALL
    SELECT 'signins_' || stream AS feed, MIN(time) AS first, MAX(time) AS last FROM signins
    WHERE stream IS NOT NULL AND stream <> 'unified_audit_log'
    GROUP BY stream
    UNION ALL
    SELECT 'directory_audits' AS feed, MIN(time) AS first, MAX(time) AS last FROM directory_audits
    UNION ALL
    SELECT 'graph_activity' AS feed, MIN(time) AS first, MAX(time) AS last FROM graph_activity
),
ends AS (
    SELECT feed, first AS valid_from, last + INTERVAL '1' SECOND AS valid_to FROM held WHERE first IS NOT NULL
    UNION ALL
    SELECT feed, valid_from, valid_to FROM feed_spans
    WHERE what <> 'known_outage'
),
everything AS (
    SELECT MIN(valid_from) AS valid_from, MAX(valid_to) AS valid_to FROM ends
),
periods AS (
    SELECT e.feed, COALESCE($time_from, MIN(e.valid_from)) AS time_from, COALESCE($time_to, MAX(e.valid_to)) AS time_to, TRUE AS is_here
    FROM ends AS e
    GROUP BY e.feed
    UNION ALL
    SELECT n.feed, COALESCE($time_from, t.valid_from) AS time_from, COALESCE($time_to, t.valid_to) AS time_to, FALSE AS is_here
    FROM (
        SELECT 'unified_audit_log' AS feed
        UNION ALL SELECT 'signins_interactive' AS feed
        UNION ALL SELECT 'signins_non_interactive' AS feed
        UNION ALL SELECT 'signins_service_principal' AS feed
        UNION ALL SELECT 'directory_audits' AS feed
    ) AS n
    CROSS JOIN everything AS t
    LEFT JOIN ends AS e ON e.feed = n.feed
    WHERE e.feed IS NULL
),
points AS (
    SELECT feed, time_from AS moment FROM periods
    UNION
    SELECT feed, time_to AS moment FROM periods
    UNION
    SELECT s.feed, s.valid_from AS moment FROM feed_spans AS s JOIN periods AS p ON p.feed = s.feed AND s.valid_from > p.time_from AND s.valid_from < p.time_to
    UNION
    SELECT s.feed, s.valid_to AS moment FROM feed_spans AS s JOIN periods AS p ON p.feed = s.feed AND s.valid_to > p.time_from AND s.valid_to < p.time_to
),
slots AS (
    SELECT feed, moment, LEAD(moment) OVER (PARTITION BY feed ORDER BY moment) AS valid_to
    FROM points
    WHERE moment IS NOT NULL
)
SELECT s.feed, s.moment AS valid_from, s.valid_to, p.is_here, h.first IS NOT NULL AS has_records
FROM slots AS s
JOIN periods AS p ON p.feed = s.feed
LEFT JOIN held AS h ON h.feed = s.feed
WHERE s.valid_to IS NOT NULL
