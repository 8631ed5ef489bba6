/* An activity is a named technique. All findings of the pillar detection count, whatever their claim.

   A scenario of an attack is hit if a supported finding rests on a record of one of its acts; it is missed if none does and a record of
   it is in an export. A supported finding above severity low that rests on no record of an attack is a false alarm and wrong: in daily
   life, or in a scenario whose name begins with B, the benign hard cases. One without severity counts as above low. */
WITH alarms AS (
    SELECT DISTINCT f.finding_id, coalesce(lower(f.severity), '') IN ('low', 'informational') AS is_quiet,
           regexp_extract(lower(r.row_id), '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}') AS record_id
    FROM findings AS f LEFT JOIN refs AS r ON r.finding_id = f.finding_id
    WHERE f.pillar = 'detection' AND f.verdict = 'supported'
),
staged AS (
    SELECT scenario, lower(unnest(record_ids)) AS record_id FROM steps
),
matched AS (
    SELECT a.finding_id, a.is_quiet, max(s.scenario) AS scenario, coalesce(bool_or(NOT starts_with(s.scenario, 'B')), FALSE) AS is_attack
    FROM alarms AS a LEFT JOIN staged AS s ON s.record_id = a.record_id
    GROUP BY a.finding_id, a.is_quiet
),
hit AS (
    SELECT DISTINCT s.scenario FROM alarms AS a JOIN staged AS s ON s.record_id = a.record_id WHERE NOT starts_with(s.scenario, 'B')
)
SELECT s.scenario,
       CASE WHEN h.scenario IS NOT NULL THEN 'right' WHEN bool_or(len(s.exported_ids) > 0) THEN 'undecidable_though_decidable'
            ELSE 'undecidable_rightly' END AS outcome,
       1 AS amount, NULL AS finding_id, min(s.key) FILTER (WHERE len(s.exported_ids) > 0) AS truth,
       'no detection rests on a record of this attack' AS why
FROM steps AS s LEFT JOIN hit AS h ON h.scenario = s.scenario
WHERE NOT starts_with(s.scenario, 'B')
GROUP BY s.scenario, h.scenario
UNION ALL
SELECT coalesce(scenario, ''), 'wrong', 1, finding_id, NULL, 'a false alarm: none of its records belongs to an attack'
FROM matched WHERE NOT is_attack AND NOT is_quiet
