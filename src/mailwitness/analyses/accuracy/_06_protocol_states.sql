/*
row: >
  one stretch of time in which one protocol switch of one mailbox (or of the tenant, about is '') is proven to have had one value, stretches that touch
  joined. A value seen of a mailbox that is named by no address may be of any mailbox: a stretch with another value ends there.
nulls: a switch that nothing proves has no row; a value that was seen as null is the text null.
kept: true
*/
WITH spans AS (
    SELECT s.about, s.setting, s.value, s.row_id, s.anchor, s.seen_from, s.seen_to
    FROM setting_spans AS s
    WHERE s.setting IN (SELECT switch FROM legacy_protocols WHERE switch IS NOT NULL) AND s.value IS NOT NULL
),
strays AS (
    SELECT DISTINCT about, setting, value, anchor FROM spans WHERE about <> '' AND about NOT LIKE '%@%'
),
cut AS (
    SELECT s.about, s.setting, s.value, s.row_id, s.seen_from, LEAST(s.seen_to, COALESCE(MIN(x.anchor), s.seen_to)) AS seen_to
    FROM spans AS s
    LEFT JOIN strays AS x
      ON x.setting = s.setting AND x.value <> s.value AND x.about <> s.about AND x.anchor > s.seen_from AND x.anchor < s.seen_to AND s.about <> ''
    GROUP BY s.about, s.setting, s.value, s.row_id, s.seen_from, s.seen_to
),
paced AS (
    SELECT
        about, setting, value, row_id, seen_from, seen_to,
        LAG(reached) OVER (PARTITION BY about, setting, value ORDER BY seen_from, seen_to, row_id) AS reached_before
    FROM (
        SELECT about, setting, value, row_id, seen_from, seen_to,
               MAX(seen_to) OVER (PARTITION BY about, setting, value ORDER BY seen_from, seen_to, row_id) AS reached
        FROM cut
        WHERE seen_from < seen_to
    ) AS w
)
SELECT about, setting, value, MIN(seen_from) AS valid_from, MAX(seen_to) AS valid_to, MIN(row_id) AS row_id
FROM (
    SELECT
        about, setting, value, row_id, seen_from, seen_to,
        SUM(CASE WHEN reached_before >= seen_from THEN 0 ELSE 1 END) OVER (
            PARTITION BY about, setting, value ORDER BY seen_from, seen_to, row_id) AS stretch
    FROM paced
) AS numbered
GROUP BY about, setting, value, stretch
