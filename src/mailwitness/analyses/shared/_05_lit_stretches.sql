/*
row: >
  one stretch of time of which the unified log is proven to be in the case whole and in which it was not seen switched off: only there would it show
  a change of a setting or a licence. It begins again an hour after the log was seen on, for so long a switch may take.
kept: true
sources: [https://learn.microsoft.com/powershell/module/exchange/set-adminauditlogconfig]
*/
WITH switched AS (
    SELECT
        time, REPLACE(LOWER(value), '"', '') = 'false' AS is_off, LEAD(time) OVER (ORDER BY time, row_id) AS time_of_next
    FROM setting_observations
    WHERE subject_kind = 'tenant' AND setting = 'unified_audit_log_ingestion_enabled' AND time IS NOT NULL
),
dark AS (
    SELECT time AS dark_from, COALESCE(time_of_next + INTERVAL '1' HOUR, TIMESTAMP '9999-12-31 00:00:00') AS dark_to
    FROM switched
    WHERE is_off
),
begun AS (
    SELECT valid_from, valid_to, row_id FROM feed_stretches WHERE feed = 'unified_audit_log'
    UNION
    SELECT d.dark_to AS valid_from, c.valid_to, c.row_id
    FROM dark AS d
    JOIN feed_stretches AS c ON c.feed = 'unified_audit_log' AND c.valid_from < d.dark_to AND c.valid_to > d.dark_to
)
SELECT b.valid_from, COALESCE(MIN(d.dark_from), b.valid_to) AS valid_to, b.row_id
FROM begun AS b
LEFT JOIN dark AS d ON d.dark_to > b.valid_from AND d.dark_from < b.valid_to
GROUP BY b.valid_from, b.valid_to, b.row_id
HAVING COALESCE(MIN(d.dark_from), b.valid_to) > b.valid_from
