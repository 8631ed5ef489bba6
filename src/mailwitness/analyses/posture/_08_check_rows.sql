/*
row: >
  one mailbox that a recommendation is shown with: the first 20 that fail, or, where none does, the first 20 that are unknown, or else of those that meet it
*/
WITH numbered AS (
    SELECT
        recommendation, table_name, row_id, is_met,
        ROW_NUMBER() OVER (PARTITION BY recommendation, CASE WHEN is_met THEN 'met' WHEN is_met IS FALSE THEN 'failed' ELSE 'unknown' END
                           ORDER BY mailbox, row_id) AS number
    FROM mailbox_checks
)
SELECT recommendation, table_name, row_id, CASE WHEN is_met THEN 'met' WHEN is_met IS FALSE THEN 'failed' ELSE 'unknown' END AS outcome
FROM numbered
WHERE number <= 20
