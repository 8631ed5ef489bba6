/*
row: >
  one switch of the tenant as it was last seen, with the date of that sight in words (seen), and a warning there where the case goes on for
  30 days or more after it
nulls: a switch whose last sights contradict each other has a null value; one that nobody saw has no row.
*/
WITH sights AS (
    SELECT setting, MAX(time) AS seen_on
    FROM setting_observations
    WHERE subject_kind = 'tenant' AND COALESCE(subject, '') = '' AND time IS NOT NULL
    GROUP BY setting
)
SELECT
    t.setting, REPLACE(LOWER(t.value), '"', '') AS value, t.row_id, COALESCE(s.seen_on, t.valid_from) AS seen_on,
    ' Last seen on ' || CAST(CAST(COALESCE(s.seen_on, t.valid_from) AS DATE) AS TEXT) || '.'
        || CASE WHEN l.moment >= COALESCE(s.seen_on, t.valid_from) + INTERVAL '720' HOUR
                THEN ' This is judged at ' || CAST(CAST(l.moment AS DATE) AS TEXT) || '; a change in between need not be known here.'
                ELSE '' END AS seen
FROM tenant_settings AS t
LEFT JOIN sights AS s ON s.setting = t.setting
CROSS JOIN latest_evidence AS l
WHERE t.valid_to >= TIMESTAMP '9999-12-31 00:00:00'
