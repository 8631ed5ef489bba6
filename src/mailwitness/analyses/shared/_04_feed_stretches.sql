/*
row: >
  one stretch of time of which one log is proven to be in the case whole; windows that touch or overlap are one stretch.
  None where the case holds logs of several tenants: of which of them a statement is, it does not say.
kept: true
*/
WITH paced AS (
    SELECT
        row_id, feed, valid_from, valid_to,
        LAG(reached) OVER (PARTITION BY feed ORDER BY valid_from, row_id) AS reached_before
    FROM (
        SELECT row_id, feed, valid_from, valid_to, MAX(valid_to) OVER (PARTITION BY feed ORDER BY valid_from, row_id) AS reached
        FROM feed_windows
        WHERE is_proven AND NOT EXISTS (SELECT COUNT(*) AS tenants FROM case_tenants HAVING COUNT(*) > 1)
    ) AS w
)
SELECT feed, MIN(valid_from) AS valid_from, MAX(valid_to) AS valid_to, MIN(row_id) AS row_id
FROM (
    SELECT
        feed, row_id, valid_from, valid_to,
        SUM(CASE WHEN reached_before >= valid_from THEN 0 ELSE 1 END) OVER (PARTITION BY feed ORDER BY valid_from, row_id) AS stretch
    FROM paced
) AS numbered
GROUP BY feed, stretch
