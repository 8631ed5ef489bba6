/* The list of messages that an actor accessed in a mailbox is complete.

   Exact (supported) is wrong if that actor, in the finding's time, obtained something from that mailbox that no finding lists (an attachment of a
   listed message lacks nothing; what a person did through an application is not the application's). At least and
   unbounded are undecidable. They could be decided only if all of this holds: coverage full; settings are in an export, and a collection
   states what it asked for and got; the actor synchronised nothing there; nothing of the mailbox was throttled within a day; every
   exported bind of the mailbox says whether it was throttled; the mailbox was recorded and exported all that time; the logs were
   exported at least a day after it; and nothing is missing in the list. An actor with exported accesses of which no finding speaks is missed. */
WITH said AS (
    SELECT a.finding, a.verdict, a.mailbox, a.who, coalesce(a.time_from, about.time_from) AS time_from,
           coalesce(a.time_to, about.time_to) AS time_to
    FROM answers AS a CROSS JOIN about
    WHERE a.claim = getvariable('claim') AND (a.mailbox IS NOT NULL OR a.verdict <> 'undecidable')
),
by_actor AS (
    SELECT s.finding, max(n.scenario) AS scenario, bool_or(t.actor IS NOT NULL) AS has_sync
    FROM said AS s
    JOIN actor_names AS n ON n.who = s.who AND n.is_own
    LEFT JOIN (SELECT DISTINCT actor FROM true_things WHERE kind = 'folder') AS t ON t.actor = n.actor
    GROUP BY s.finding
),
lacking AS (
    SELECT s.finding, min(u.access) AS access
    FROM said AS s
    JOIN actor_names AS n ON n.who = s.who AND n.is_own
    JOIN unlisted AS u ON u.actor = n.actor AND u.time BETWEEN s.time_from AND s.time_to
    GROUP BY s.finding
),
doubts AS (
    SELECT mailbox, time FROM accesses WHERE fate = 'throttled' OR (how = 'bind' AND exported AND NOT throttling_stated)
),
doubted AS (
    SELECT DISTINCT s.finding
    FROM said AS s
    JOIN (SELECT mailbox, min(time) AS first_time, max(time) AS last_time FROM doubts GROUP BY mailbox) AS d
      ON d.mailbox = s.mailbox AND d.last_time >= s.time_from - INTERVAL 24 HOUR AND d.first_time <= s.time_to + INTERVAL 24 HOUR
),
uncovered AS (
    SELECT DISTINCT s.finding
    FROM said AS s
    JOIN coverage AS c ON c.mailbox = s.mailbox AND c.time_from < s.time_to AND c.time_to > s.time_from
    WHERE c.exported_state <> 'recorded'
),
judged AS (
    SELECT s.finding, s.verdict, s.mailbox, coalesce(b.scenario, '') AS scenario, l.access,
           about.coverage = 'full' AND about.settings_exported AND about.collection_stated AND l.access IS NULL
               AND NOT coalesce(b.has_sync, FALSE) AND d.finding IS NULL AND u.finding IS NULL
               AND about.collected_at - INTERVAL 24 HOUR >= s.time_to AS is_decidable
    FROM said AS s
    CROSS JOIN about
    LEFT JOIN by_actor AS b ON b.finding = s.finding
    LEFT JOIN lacking AS l ON l.finding = s.finding
    LEFT JOIN doubted AS d ON d.finding = s.finding
    LEFT JOIN uncovered AS u ON u.finding = s.finding
),
spoken_of AS (
    SELECT DISTINCT a.doer
    FROM said AS s
    JOIN actor_names AS n ON n.who = s.who AND n.is_own
    JOIN actors AS a ON a.actor = n.actor
),
known AS (
    SELECT doer, max(scenario) AS scenario, bool_or(exported) AS exported, min(access) AS access
    FROM subjects GROUP BY doer
)
SELECT j.scenario,
       CASE WHEN j.verdict = 'undecidable' THEN CASE WHEN j.is_decidable THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END
            WHEN j.mailbox IS NULL THEN 'wrong'
            WHEN (j.verdict = 'supported') = (j.access IS NULL) THEN 'right' ELSE 'wrong' END AS outcome,
       1 AS amount, f.finding_id, x.key AS truth,
       CASE WHEN j.mailbox IS NULL THEN 'there is no such mailbox'
            WHEN j.verdict = 'supported' THEN 'this access of the actor is in no finding: ' || coalesce(x.how || ', ' || coalesce(x.fate, 'recorded'), '')
            WHEN j.verdict = 'contradicted' THEN 'every access of the actor is in a finding'
            ELSE 'nothing is missing, and the exports prove it' END AS why
FROM judged AS j
JOIN findings AS f ON hash(f.finding_id) = j.finding AND f.claim = getvariable('claim')
LEFT JOIN accesses AS x ON x.access = j.access
UNION ALL
SELECT k.scenario, CASE WHEN k.exported THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END, 1, NULL, x.key,
       'no finding speaks of what ' || coalesce(x.session_id, x."user", x.app, 'somebody') || ' accessed in ' || x.mailbox
           || ', and a record is in an export'
FROM known AS k
JOIN accesses AS x ON x.access = k.access
LEFT JOIN spoken_of AS s ON s.doer = k.doer
WHERE s.doer IS NULL
