/*
row: >
  the one moment that posture is judged at: the time asked for, or the newest time of a record in this case
nulls: null when no record of the case has a time.
kept: true
*/
SELECT COALESCE(CAST($as_of AS TIMESTAMP), MAX(t.time)) AS moment
FROM (
    SELECT MAX(time) AS time FROM audit_events
    UNION ALL
    SELECT MAX(time) AS time FROM signins
    UNION ALL
    SELECT MAX(time) AS time FROM directory_audits
    UNION ALL
    SELECT MAX(time) AS time FROM graph_activity
    UNION ALL
    SELECT MAX(time) AS time FROM setting_observations
    UNION ALL
    SELECT MAX(time) AS time FROM licence_observations
) AS t
