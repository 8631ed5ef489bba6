/*
row: >
  one window of one log that somebody says was collected (is_proven: whole, for all users, and the case holds as many records of that
  time, to the minute; no further than to the moment when the statement itself was made, for a search may ask for days to come) or was not (denied,
  unless the same collector says elsewhere that it got it, in one window or in several that follow on one
  another; statements of one live collection are of one collector, so that what a later one has fetched is denied no more). Feeds: unified_audit_log,
  signins_interactive, signins_non_interactive, signins_service_principal, signins_managed_identity, directory_audits, graph_activity.
kept: true
*/
WITH dated AS (
    SELECT
        w.row_id, w.evidence_id, w.feed, w.window_from, w.window_to, w.complete, w.received, w.expected, w.statement,
        LEAST(COALESCE(e.acquired_at, e.modified_at), COALESCE(e.modified_at, e.acquired_at)) AS made_at
    FROM collection_windows AS w
    LEFT JOIN evidence AS e ON e.evidence_id = w.evidence_id
),
stated AS (
    SELECT
        row_id, evidence_id, window_from, complete, CASE WHEN made_at > window_from AND made_at < window_to THEN made_at ELSE window_to END AS window_to, COALESCE(received, expected) AS records,
        LOWER(feed) <> 'unified_audit_log_users_unstated' AS is_for_all,
        CASE WHEN statement LIKE 'mailwitness collection %' THEN SUBSTRING(statement, 1, 39) ELSE evidence_id END AS collector,
        CASE LOWER(feed) WHEN 'unified_audit_log_users_unstated' THEN 'unified_audit_log' ELSE LOWER(feed) END AS feed
    FROM dated
    WHERE LOWER(feed) IN (
        'unified_audit_log', 'unified_audit_log_users_unstated', 'signins_interactive', 'signins_non_interactive', 'signins_service_principal',
        'signins_managed_identity', 'directory_audits', 'graph_activity')
),
reached AS (
    SELECT
        collector, feed, window_from, window_to, row_id,
        MAX(window_to) OVER (PARTITION BY collector, feed ORDER BY window_from, window_to, row_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM stated
    WHERE complete AND window_from < window_to
),
had AS (
    SELECT collector, feed, MIN(window_from) AS time_from, MAX(window_to) AS time_to
    FROM (
        SELECT collector, feed, window_from, window_to,
               SUM(CASE WHEN reach >= window_from THEN 0 ELSE 1 END) OVER (PARTITION BY collector, feed ORDER BY window_from, window_to, row_id) AS stretch
        FROM reached
    ) AS numbered
    GROUP BY collector, feed, stretch
),
counted AS (
    SELECT DISTINCT feed FROM stated WHERE complete AND records > 0
),
per_minute AS (
    SELECT 'unified_audit_log' AS feed, DATE_TRUNC('minute', time) AS minute, COUNT(*) AS records
    FROM audit_events
    WHERE time IS NOT NULL AND EXISTS (SELECT feed FROM counted WHERE feed = 'unified_audit_log')
    GROUP BY DATE_TRUNC('minute', time)
    UNION ALL
    SELECT 'signins_' || stream AS feed, DATE_TRUNC('minute', time) AS minute, COUNT(*) AS records
    FROM signins
    WHERE time IS NOT NULL AND EXISTS (SELECT feed FROM counted WHERE feed LIKE 'signins_%')
    GROUP BY 'signins_' || stream, DATE_TRUNC('minute', time)
    UNION ALL
    SELECT 'directory_audits' AS feed, DATE_TRUNC('minute', time) AS minute, COUNT(*) AS records
    FROM directory_audits
    WHERE time IS NOT NULL AND EXISTS (SELECT feed FROM counted WHERE feed = 'directory_audits')
    GROUP BY DATE_TRUNC('minute', time)
    UNION ALL
    SELECT 'graph_activity' AS feed, DATE_TRUNC('minute', time) AS minute, COUNT(*) AS records
    FROM graph_activity
    WHERE time IS NOT NULL AND EXISTS (SELECT feed FROM counted WHERE feed = 'graph_activity')
    GROUP BY DATE_TRUNC('minute', time)
),
held AS (
    SELECT s.row_id, SUM(m.records) AS records
    FROM stated AS s
    JOIN per_minute AS m ON m.feed = s.feed AND m.minute > s.window_from - INTERVAL '1' MINUTE AND m.minute <= s.window_to
    WHERE s.complete AND s.records > 0
    GROUP BY s.row_id
)
SELECT s.row_id, s.feed, s.window_from AS valid_from, s.window_to AS valid_to, TRUE AS is_proven
FROM stated AS s
LEFT JOIN held ON held.row_id = s.row_id
WHERE s.complete AND s.is_for_all AND s.window_from IS NOT NULL AND s.window_to IS NOT NULL
  AND (s.records IS NULL OR s.records <= 0 OR held.records >= s.records)
UNION ALL
SELECT s.row_id, s.feed, s.window_from AS valid_from, s.window_to AS valid_to, FALSE AS is_proven
FROM stated AS s
LEFT JOIN had ON had.collector = s.collector AND had.feed = s.feed AND had.time_from <= s.window_from AND had.time_to >= s.window_to
WHERE s.complete IS FALSE AND s.window_from IS NOT NULL AND s.window_to IS NOT NULL AND had.feed IS NULL
