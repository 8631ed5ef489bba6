/* One subject that the truth knows: something obtained from a mailbox by somebody, with whether a finding speaks of it, and whether it lies in a
   folder that a finding says was taken whole. */
WITH taken AS (
    SELECT DISTINCT n.actor, CASE WHEN a.is_any_folder THEN NULL ELSE a.thing END AS folder
    FROM answers AS a
    JOIN actor_names AS n ON n.mailbox = a.mailbox AND n.name = a.actor
    WHERE a.kind = 'folder' AND a.verdict = 'supported'
),
taken_whole AS (SELECT DISTINCT actor FROM taken WHERE folder IS NULL),
spoken_of AS (SELECT DISTINCT kind, actor, counted_as FROM hits)
SELECT t.kind, t.mailbox, a.counted_as AS actor, t.counted_as AS thing, max(t.scenario) AS scenario, bool_or(t.exported) AS exported,
       min(t.key) AS key, min(t.time) AS time, bool_or(s.actor IS NOT NULL) AS is_spoken_of,
       bool_or(t.kind <> 'folder' AND (f.actor IS NOT NULL OR w.actor IS NOT NULL)) AS is_in_folder,
       list(DISTINCT t.actor) AS actors
FROM true_things AS t
JOIN actors AS a ON a.actor = t.actor
LEFT JOIN spoken_of AS s ON s.kind = t.kind AND s.actor = t.actor AND s.counted_as = t.counted_as
LEFT JOIN (SELECT DISTINCT actor, folder FROM taken WHERE folder IS NOT NULL) AS f ON f.actor = t.actor AND f.folder = t.folder
LEFT JOIN taken_whole AS w ON w.actor = t.actor
WHERE NOT t.is_alias
GROUP BY t.kind, t.mailbox, a.counted_as, t.counted_as
