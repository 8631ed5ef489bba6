/* One subject that the truth knows: something obtained from a mailbox by somebody, with whether a finding speaks of it, and whether it lies in a
   folder that a finding says was taken whole. */
WITH taken AS (
    SELECT DISTINCT n.actor, CASE WHEN a.is_any_folder THEN NULL ELSE a.thing END AS folder
    FROM answers AS a
    JOIN actor_names AS n ON n.who = a.who
    WHERE a.kind = 'folder' AND a.verdict = 'supported'
),
counted AS (
    SELECT t.kind, t.doer, t.counted_as, max(t.scenario) AS scenario, bool_or(t.exported) AS exported, min(t.access) AS access,
           min(t.time) AS time, bool_or(t.kind <> 'folder' AND (f.actor IS NOT NULL OR w.actor IS NOT NULL)) AS is_in_folder
    FROM true_things AS t
    LEFT JOIN (SELECT actor, folder FROM taken WHERE folder IS NOT NULL) AS f ON f.actor = t.actor AND f.folder = t.folder
    LEFT JOIN (SELECT actor FROM taken WHERE folder IS NULL) AS w ON w.actor = t.actor
    WHERE NOT t.is_alias AND t.counted_as % getvariable('parts') = getvariable('part')
    GROUP BY t.kind, t.doer, t.counted_as
)
SELECT c.*, s.doer IS NOT NULL AS is_spoken_of
FROM counted AS c
LEFT JOIN (SELECT DISTINCT kind, doer, counted_as FROM hits WHERE counted_as % getvariable('parts') = getvariable('part')) AS s
  ON s.kind = c.kind AND s.doer = c.doer AND s.counted_as = c.counted_as
