/*
row: >
  one stretch of time and what somebody says of one log in it: proven (collected whole, and as much is here), denied (its collector did not get all),
  records_missing (complete by its collector's word, and fewer records are here than it counted, copies included), counts_differ (fewer unless copies
  count), completeness_unstated, users_unstated (nobody says that it was for all users), several_tenants (whole by its collector's word, in a case with
  the logs of two tenants), known_outage (MW-E0013, where the log came through Azure
  Monitor). What was collected of some users only says nothing of the log. Stretches that touch are one.
kept: true
sources:
  - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference
  - https://www.helpnetsecurity.com/2024/10/18/microsoft-lost-security-logs/
*/
WITH stated AS (
    SELECT
        row_id, window_from, window_to, complete, COALESCE(received, expected) AS records, LOWER(feed) = 'unified_audit_log_users_unstated' AS is_unstated,
        CASE LOWER(feed) WHEN 'unified_audit_log_users_unstated' THEN 'unified_audit_log' ELSE LOWER(feed) END AS feed
    FROM collection_windows
    WHERE window_from < window_to AND LOWER(feed) NOT LIKE '%!_part' ESCAPE '!'
),
short AS (
    SELECT s.row_id, s.feed, s.window_from, s.window_to, s.records
    FROM stated AS s
    LEFT JOIN feed_windows AS w ON w.row_id = s.row_id
    WHERE s.complete AND NOT s.is_unstated AND s.records > 0 AND w.row_id IS NULL
      AND (s.feed IN ('unified_audit_log', 'directory_audits', 'graph_activity') OR s.feed LIKE 'signins_%')
),
per_minute AS (
    SELECT 'unified_audit_log' AS feed, DATE_TRUNC('minute', time) AS minute, SUM(COALESCE(sightings, 1)) AS copies
    FROM audit_events
    WHERE EXISTS (SELECT feed FROM short WHERE feed = 'unified_audit_log')
    GROUP BY DATE_TRUNC('minute', time)
    UNION ALL
    SELECT 'signins_' || stream AS feed, DATE_TRUNC('minute', time) AS minute, SUM(COALESCE(sightings, 1)) AS copies
    FROM signins
    WHERE EXISTS (SELECT feed FROM short WHERE feed LIKE 'signins_%')
    GROUP BY 'signins_' || stream, DATE_TRUNC('minute', time)
    UNION ALL
    SELECT 'directory_audits' AS feed, DATE_TRUNC('minute', time) AS minute, SUM(COALESCE(sightings, 1)) AS copies
    FROM directory_audits
    WHERE EXISTS (SELECT feed FROM short WHERE feed = 'directory_audits')
    GROUP BY DATE_TRUNC('minute', time)
    UNION ALL
    SELECT 'graph_activity' AS feed, DATE_TRUNC('minute', time) AS minute, SUM(COALESCE(sightings, 1)) AS copies
    FROM graph_activity
    WHERE EXISTS (SELECT feed FROM short WHERE feed = 'graph_activity')
    GROUP BY DATE_TRUNC('minute', time)
),
counted AS (
    SELECT s.row_id, s.feed, s.window_from, s.window_to, s.records, COALESCE(SUM(m.copies), 0) AS copies
    FROM short AS s
    LEFT JOIN per_minute AS m ON m.feed = s.feed AND m.minute > s.window_from - INTERVAL '1' MINUTE AND m.minute <= s.window_to
    GROUP BY s.row_id, s.feed, s.window_from, s.window_to, s.records
),
piped AS (
    SELECT DISTINCT 'signins_' || s.stream AS feed
    FROM signins AS s
    JOIN evidence AS e ON e.evidence_id = s.evidence_id
    WHERE s.stream <> 'unified_audit_log' AND (e.reader LIKE 'log_analytics%' OR e.reader LIKE 'entra_diagnostic%')
),
spans AS (
    SELECT feed, 'proven' AS what, valid_from, valid_to, row_id FROM feed_stretches
    UNION ALL
    SELECT feed, 'denied' AS what, valid_from, valid_to, row_id FROM feed_windows WHERE NOT is_proven
    UNION ALL
    SELECT feed, CASE WHEN copies < records THEN 'records_missing' ELSE 'counts_differ' END AS what, window_from AS valid_from, window_to AS valid_to, row_id
    FROM counted
    UNION ALL
    SELECT feed, CASE WHEN is_unstated THEN 'users_unstated' ELSE 'completeness_unstated' END AS what, window_from AS valid_from, window_to AS valid_to, row_id
    FROM stated
    WHERE is_unstated OR complete IS NULL
    UNION ALL
    SELECT s.feed, 'several_tenants' AS what, s.window_from AS valid_from, s.window_to AS valid_to, s.row_id
    FROM stated AS s
    JOIN (SELECT COUNT(*) AS tenants FROM case_tenants) AS t ON t.tenants > 1
    WHERE s.complete AND NOT s.is_unstated
    UNION ALL
    SELECT feed, 'known_outage' AS what, TIMESTAMP '2024-09-02 23:00:00' AS valid_from, TIMESTAMP '2024-10-04 00:00:00' AS valid_to, NULL AS row_id
    FROM piped
),
reached AS (
    SELECT feed, what, valid_from, valid_to, row_id, MAX(valid_to) OVER (PARTITION BY feed, what ORDER BY valid_from, valid_to, row_id) AS reach
    FROM spans
    WHERE valid_from < valid_to
),
paced AS (
    SELECT
        feed, what, valid_from, valid_to, row_id,
        CASE WHEN LAG(reach) OVER (PARTITION BY feed, what ORDER BY valid_from, valid_to, row_id) >= valid_from THEN 0 ELSE 1 END AS is_first
    FROM reached
)
SELECT feed, what, MIN(valid_from) AS valid_from, MAX(valid_to) AS valid_to, MIN(row_id) AS row_id
FROM (
    SELECT feed, what, valid_from, valid_to, row_id, SUM(is_first) OVER (PARTITION BY feed, what ORDER BY valid_from, valid_to, row_id) AS stretch
    FROM paced
) AS numbered
GROUP BY feed, what, stretch
