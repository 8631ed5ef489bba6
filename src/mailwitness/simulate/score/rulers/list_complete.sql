/* The list of messages that an actor accessed in a mailbox is complete.

   Exact (supported) is wrong if that actor, in the finding's time, obtained something from that mailbox that no finding lists (an attachment of a
   listed message lacks nothing; what a person did through an application is not the application's). At least and
   unbounded are undecidable. They could be decided only if all of this holds: coverage full; settings are in an export, and a collection
   states what it asked for and got; the actor synchronised nothing there; nothing of the mailbox was throttled within a day; every
   exported bind of the mailbox says whether it was throttled; the mailbox was recorded and exported all that time; the logs were
   exported at least a day after it; and nothing is missing in the list. An actor with exported accesses of which no finding speaks is missed. */
WITH said AS (
    SELECT a.finding_id, a.verdict, a.mailbox, a.actor, coalesce(a.time_from, about.time_from) AS time_from,
           coalesce(a.time_to, about.time_to) AS time_to
    FROM answers AS a CROSS JOIN about
    WHERE a.claim = getvariable('claim') AND (a.mailbox IS NOT NULL OR a.verdict <> 'undecidable')
),
by_actor AS (
    SELECT s.finding_id, max(n.scenario) AS scenario, min(u.key) AS unlisted,
           bool_or(t.actor IS NOT NULL) AS has_sync
    FROM said AS s
    JOIN actor_names AS n ON n.mailbox = s.mailbox AND n.name = s.actor AND n.is_own
    LEFT JOIN unlisted AS u ON u.actor = n.actor AND u.time BETWEEN s.time_from AND s.time_to
    LEFT JOIN (SELECT DISTINCT actor FROM true_things WHERE kind = 'folder') AS t ON t.actor = n.actor
    GROUP BY s.finding_id
),
doubts AS (
    SELECT mailbox, time FROM accesses WHERE fate = 'throttled' OR (how = 'bind' AND exported AND NOT throttling_stated)
),
doubted AS (
    SELECT DISTINCT s.finding_id
    FROM said AS s
    JOIN (SELECT mailbox, min(time) AS first_time, max(time) AS last_time FROM doubts GROUP BY mailbox) AS d
      ON d.mailbox = s.mailbox AND d.last_time >= s.time_from - INTERVAL 24 HOUR AND d.first_time <= s.time_to + INTERVAL 24 HOUR
),
uncovered AS (
    SELECT DISTINCT s.finding_id
    FROM said AS s
    JOIN coverage AS c ON c.mailbox = s.mailbox AND c.time_from < s.time_to AND c.time_to > s.time_from
    WHERE c.exported_state <> 'recorded'
),
judged AS (
    SELECT s.finding_id, s.verdict, s.mailbox, coalesce(b.scenario, '') AS scenario, b.unlisted,
           about.coverage = 'full' AND about.settings_exported AND about.collection_stated AND b.unlisted IS NULL
               AND NOT coalesce(b.has_sync, FALSE) AND d.finding_id IS NULL AND u.finding_id IS NULL
               AND about.collected_at - INTERVAL 24 HOUR >= s.time_to AS is_decidable
    FROM said AS s
    CROSS JOIN about
    LEFT JOIN by_actor AS b ON b.finding_id = s.finding_id
    LEFT JOIN doubted AS d ON d.finding_id = s.finding_id
    LEFT JOIN uncovered AS u ON u.finding_id = s.finding_id
),
spoken_of AS (
    SELECT DISTINCT a.mailbox, a.counted_as
    FROM said AS s
    JOIN actor_names AS n ON n.mailbox = s.mailbox AND n.name = s.actor AND n.is_own
    JOIN actors AS a ON a.actor = n.actor
),
known AS (
    SELECT mailbox, actor, max(scenario) AS scenario, bool_or(exported) AS exported, min(key) AS key
    FROM subjects GROUP BY mailbox, actor
)
SELECT j.scenario,
       CASE WHEN verdict = 'undecidable' THEN CASE WHEN is_decidable THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END
            WHEN j.mailbox IS NULL THEN 'wrong'
            WHEN (verdict = 'supported') = (unlisted IS NULL) THEN 'right' ELSE 'wrong' END AS outcome,
       1 AS amount, finding_id, unlisted AS truth,
       CASE WHEN j.mailbox IS NULL THEN 'there is no such mailbox'
            WHEN verdict = 'supported' THEN 'this access of the actor is in no finding: ' || coalesce(x.how || ', ' || coalesce(x.fate, 'recorded'), '')
            WHEN verdict = 'contradicted' THEN 'every access of the actor is in a finding'
            ELSE 'nothing is missing, and the exports prove it' END AS why
FROM judged AS j
LEFT JOIN accesses AS x ON x.key = j.unlisted
UNION ALL
SELECT k.scenario, CASE WHEN k.exported THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END, 1, NULL, k.key,
       'no finding speaks of ' || k.actor || ' in ' || k.mailbox || ', and a record is in an export'
FROM known AS k
LEFT JOIN spoken_of AS s ON s.mailbox = k.mailbox AND s.counted_as = k.actor
WHERE s.mailbox IS NULL
