/* A message, a message's attachment, or a folder was obtained by an actor.

   A finding that supports it is right if that actor, under any of its names, obtained that thing from that mailbox; one that
   contradicts it, if not. An undecidable one could be decided if a record of the access is in an export. Something obtained that no
   finding speaks of is right if it lies in a folder that a finding says was taken whole; it could be decided if a record is exported.
   A message that a daily sync took is not listed in the truth: a finding for it is right if that actor synchronised that mailbox. */
WITH said AS (
    SELECT a.finding_id, a.verdict, max(h.scenario) AS scenario, bool_or(h.exported) AS exported, min(h.key) AS key
    FROM answers AS a
    LEFT JOIN hits AS h ON h.finding_id = a.finding_id
    WHERE a.claim = getvariable('claim')
    GROUP BY a.finding_id, a.verdict
),
background AS (
    SELECT a.finding_id, max(n.scenario) AS scenario, bool_or(f.actor IS NOT NULL AND a.kind = 'message') AS is_synced
    FROM answers AS a
    JOIN actor_names AS n ON n.mailbox = a.mailbox AND n.name = a.actor
    LEFT JOIN (SELECT DISTINCT actor FROM true_things WHERE kind = 'folder' AND scenario = '') AS f ON f.actor = n.actor
    WHERE a.claim = getvariable('claim')
    GROUP BY a.finding_id
),
judged AS (
    SELECT s.finding_id, s.verdict, coalesce(s.scenario, b.scenario, '') AS scenario, s.exported, s.key,
           s.key IS NOT NULL OR coalesce(b.is_synced, FALSE) AS is_true
    FROM said AS s LEFT JOIN background AS b ON b.finding_id = s.finding_id
)
SELECT scenario,
       CASE WHEN verdict = 'undecidable' THEN
                CASE WHEN coalesce(exported, FALSE) THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END
            WHEN (verdict = 'supported') = is_true THEN 'right' ELSE 'wrong' END AS outcome,
       1 AS amount, finding_id, key AS truth,
       CASE verdict WHEN 'supported' THEN 'this actor never obtained this from this mailbox'
                    WHEN 'contradicted' THEN 'this actor did obtain it'
                    ELSE 'a record of this access is in an export' END AS why
FROM judged
UNION ALL
SELECT scenario,
       CASE WHEN is_in_folder THEN 'right' WHEN exported THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END,
       1, NULL, key, 'no finding speaks of ' || thing || ', obtained from ' || mailbox || ' by ' || actor || ', and a record is in an export'
FROM subjects
WHERE kind = getvariable('kind') AND NOT is_spoken_of
