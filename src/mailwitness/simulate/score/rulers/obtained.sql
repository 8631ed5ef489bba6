/* A message, a message's attachment, or a folder was obtained by an actor.

   A finding that supports it is right if that actor, under any of its names, obtained that thing from that mailbox; one that
   contradicts it, if not. An undecidable one could be decided if a record of the access is in an export. Something obtained that no
   finding speaks of is right if it lies in a folder that a finding says was taken whole; it could be decided if a record is exported.
   A message that a daily sync took is not listed in the truth: a finding for it is right if that actor synchronised that mailbox. */
WITH said AS (
    SELECT finding, who, verdict FROM answers WHERE claim = getvariable('claim') AND finding % getvariable('parts') = getvariable('part')
),
hit AS (
    SELECT finding, max(scenario) AS scenario, bool_or(exported) AS exported, min(access) AS access
    FROM hits WHERE kind = getvariable('kind') AND finding % getvariable('parts') = getvariable('part') GROUP BY finding
),
known AS (
    SELECT n.who, max(n.scenario) AS scenario, bool_or(f.actor IS NOT NULL AND getvariable('kind') = 'message') AS is_synced
    FROM actor_names AS n
    LEFT JOIN (SELECT DISTINCT actor FROM true_things WHERE kind = 'folder' AND scenario = '') AS f ON f.actor = n.actor
    GROUP BY n.who
),
judged AS (
    SELECT s.finding, s.verdict, coalesce(h.scenario, k.scenario, '') AS scenario, coalesce(h.exported, FALSE) AS exported, h.access,
           h.finding IS NOT NULL OR coalesce(k.is_synced, FALSE) AS is_true
    FROM said AS s
    LEFT JOIN hit AS h ON h.finding = s.finding
    LEFT JOIN known AS k ON k.who = s.who
),
missed AS (
    SELECT scenario, exported, is_in_folder, access, counted_as FROM subjects
    WHERE kind = getvariable('kind') AND NOT is_spoken_of AND counted_as % getvariable('parts') = getvariable('part')
)
SELECT scenario, 'right' AS outcome, count(*) AS amount, NULL AS finding_id, NULL AS truth, NULL AS why
FROM judged WHERE verdict <> 'undecidable' AND (verdict = 'supported') = is_true
GROUP BY scenario
UNION ALL
SELECT j.scenario,
       CASE WHEN j.verdict <> 'undecidable' THEN 'wrong' WHEN j.exported THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END,
       1, f.finding_id, x.key,
       CASE j.verdict WHEN 'supported' THEN 'this actor never obtained this from this mailbox'
                      WHEN 'contradicted' THEN 'this actor did obtain it'
                      ELSE 'a record of this access is in an export' END
FROM judged AS j
JOIN findings AS f ON hash(f.finding_id) = j.finding AND hash(f.finding_id) % getvariable('parts') = getvariable('part')
LEFT JOIN accesses AS x ON x.access = j.access
WHERE j.verdict = 'undecidable' OR (j.verdict = 'supported') <> j.is_true
UNION ALL
SELECT scenario, CASE WHEN is_in_folder THEN 'right' ELSE 'undecidable_rightly' END, count(*), NULL, NULL, NULL
FROM missed WHERE is_in_folder OR NOT exported
GROUP BY scenario, is_in_folder
UNION ALL
SELECT m.scenario, 'undecidable_though_decidable', 1, NULL, x.key,
       'no finding speaks of ' || CASE WHEN getvariable('kind') = 'folder' THEN 'folder ' || x.folder
           ELSE coalesce(list_filter(x.messages, lambda message: hash(message_name(message)) = m.counted_as)[1], 'a message') END
           || ', obtained from ' || x.mailbox || ' by ' || coalesce(x.session_id, x."user", x.app, 'somebody')
           || ', and a record is in an export'
FROM missed AS m
JOIN accesses AS x ON x.access = m.access
WHERE m.exported AND NOT m.is_in_folder
