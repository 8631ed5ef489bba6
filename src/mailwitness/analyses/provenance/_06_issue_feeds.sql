/*
row: >
  one hour in which tokens were issued, and one sign-in log, with whether the log is proven to hold every sign-in of that hour. state: not_collected;
  issue_time_unknown (the row for records without an issue time); whole (proven from an hour before to an hour after, for clocks, and collected
  until a day after, for late records); late (the same, but for the day); before (the log begins later); lost (Microsoft lost records then, MW-E0013); unproven.
  without_token, without_session: sign-ins around it that do not say which token or session was theirs, or stand for several (MW-E0040).
nulls: an hour is null for records without an issue time.
kept: true
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/reference-log-latency
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-noninteractive-sign-ins
*/
WITH hours AS (
    SELECT issue_hour AS hour FROM credentials WHERE subject_kind IN ('token', 'session')
    UNION
    SELECT NULL AS hour
),
proven AS (
    SELECT
        h.hour, s.feed,
        BOOL_OR(LEAST(s.valid_to, COALESCE($as_of, s.valid_to)) >= h.hour + INTERVAL '25' HOUR) AS is_late_enough
    FROM hours AS h
    JOIN feed_stretches AS s ON s.valid_from <= h.hour - INTERVAL '1' HOUR AND s.valid_to >= h.hour + INTERVAL '2' HOUR
    GROUP BY h.hour, s.feed
),
denied AS (
    SELECT DISTINCT h.hour, w.feed
    FROM hours AS h
    JOIN feed_windows AS w ON NOT w.is_proven AND w.valid_from < h.hour + INTERVAL '2' HOUR AND w.valid_to > h.hour - INTERVAL '1' HOUR
),
vague AS (
    SELECT
        'signins_' || stream AS feed, DATE_TRUNC('hour', time) AS hour,
        SUM(CASE WHEN unique_token_identifier IS NULL AND COALESCE(error_code, 0) IN (0, 50140, 50199) THEN 1 ELSE 0 END) AS without_token,
        SUM(CASE WHEN session_id IS NULL AND COALESCE(error_code, 0) IN (0, 50140, 50199) THEN 1 ELSE 0 END) AS without_session,
        SUM(CASE WHEN sign_ins_grouped > 1 THEN 1 ELSE 0 END) AS grouped
    FROM signins
    WHERE stream IS NOT NULL AND time IS NOT NULL
    GROUP BY 'signins_' || stream, DATE_TRUNC('hour', time)
),
shifts AS (
    SELECT feed, hour - INTERVAL '1' HOUR AS hour, without_token, without_session FROM vague
    UNION ALL
    SELECT feed, hour, without_token, without_session FROM vague
    UNION ALL
    SELECT feed, hour + INTERVAL '1' HOUR AS hour, without_token, without_session FROM vague
),
around AS (
    SELECT feed, hour, SUM(without_token) AS without_token, SUM(without_session) AS without_session
    FROM shifts
    GROUP BY feed, hour
),
grouped_days AS (
    SELECT feed, DATE_TRUNC('day', hour) - INTERVAL '24' HOUR AS day FROM vague WHERE grouped > 0
    UNION
    SELECT feed, DATE_TRUNC('day', hour) AS day FROM vague WHERE grouped > 0
    UNION
    SELECT feed, DATE_TRUNC('day', hour) + INTERVAL '24' HOUR AS day FROM vague WHERE grouped > 0
)
SELECT
    h.hour, f.feed, f.holds, f.title,
    CASE WHEN NOT f.is_collected THEN 'not_collected'
         WHEN h.hour IS NULL THEN 'issue_time_unknown'
         WHEN h.hour >= TIMESTAMP '2024-09-02 00:00:00' AND h.hour < TIMESTAMP '2024-10-04 00:00:00' THEN 'lost'
         WHEN p.feed IS NOT NULL AND d.feed IS NULL THEN CASE WHEN p.is_late_enough THEN 'whole' ELSE 'late' END
         WHEN f.begins > h.hour - INTERVAL '1' HOUR THEN 'before'
         ELSE 'unproven' END AS state,
    COALESCE(a.without_token, 0) > 0 OR g.feed IS NOT NULL AS is_without_token,
    COALESCE(a.without_session, 0) > 0 OR g.feed IS NOT NULL AS is_without_session
FROM hours AS h
CROSS JOIN signin_feeds AS f
LEFT JOIN proven AS p ON p.hour = h.hour AND p.feed = f.feed
LEFT JOIN denied AS d ON d.hour = h.hour AND d.feed = f.feed
LEFT JOIN around AS a ON a.hour = h.hour AND a.feed = f.feed
LEFT JOIN grouped_days AS g ON g.day = DATE_TRUNC('day', h.hour) AND g.feed = f.feed
