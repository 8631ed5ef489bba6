/* An access to a mailbox in an interval would have been recorded, and the record would be in this case. Counted in hours of a mailbox.

   ``recorded`` is wrong where the truth is degraded or blind, and the reverse; degraded and blind are not told apart, since both contradict the
   claim. A finding without a state is recorded if supported, blind if contradicted, unknown if undecidable. Unknown, and hours of which
   no finding speaks, could be decided if settings are in an export, a collection states what it asked for and got, and no records were lost
   at random. */
WITH said AS (
    SELECT f.finding_id, m.mailbox, coalesce(f.time_from, about.time_from) AS time_from, coalesce(f.time_to, about.time_to) AS time_to,
           coalesce(f.state, CASE f.verdict WHEN 'supported' THEN 'recorded' WHEN 'contradicted' THEN 'blind' ELSE 'unknown' END) AS state
    FROM findings AS f
    CROSS JOIN about
    JOIN mailbox_names AS m ON m.name = lower(coalesce(f.mailbox, f.subject))
    WHERE f.claim = getvariable('claim')
),
truth AS (
    SELECT c.mailbox, c.time_from, c.time_to, c.exported_state AS state, c.scenario, c.mailbox || ' ' || CAST(c.time_from AS VARCHAR) AS truth,
           about.settings_exported AND about.collection_stated AND about.coverage <> 'loss20' AS is_decidable
    FROM coverage AS c CROSS JOIN about
),
shared AS (
    SELECT s.finding_id, s.state, t.state AS true_state, t.scenario, t.truth, t.is_decidable,
           epoch(least(s.time_to, t.time_to) - greatest(s.time_from, t.time_from)) / 3600 AS hours
    FROM said AS s
    JOIN truth AS t ON t.mailbox = s.mailbox AND t.time_from < s.time_to AND t.time_to > s.time_from
),
silent AS (
    SELECT t.scenario, t.truth, t.is_decidable, t.state,
           epoch(t.time_to - t.time_from) / 3600 - coalesce(sum(s.hours), 0) AS hours
    FROM truth AS t LEFT JOIN shared AS s ON s.truth = t.truth
    GROUP BY t.truth, t.scenario, t.is_decidable, t.state, t.time_from, t.time_to
)
SELECT scenario,
       CASE WHEN state = 'unknown' THEN CASE WHEN is_decidable THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END
            WHEN (state = 'recorded') = (true_state = 'recorded') THEN 'right' ELSE 'wrong' END AS outcome,
       hours AS amount, finding_id, truth, 'the finding says ' || state || ', the truth is ' || true_state AS why
FROM shared
UNION ALL
SELECT scenario, CASE WHEN is_decidable THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END, hours, NULL, truth,
       'no finding speaks of these hours, in which the truth is ' || state
FROM silent WHERE hours > 0.001
