/* One finding and one true thing that it speaks of, by the same actor in the same mailbox. */
SELECT a.kind, a.finding_id, a.verdict, t.actor, t.counted_as, t.scenario, t.exported, t.key
FROM answers AS a
JOIN actor_names AS n ON n.mailbox = a.mailbox AND n.name = a.actor
JOIN true_things AS t ON t.kind = a.kind AND t.actor = n.actor AND t.thing = a.thing
WHERE a.kind <> '' AND NOT a.is_any_folder
UNION ALL
SELECT a.kind, a.finding_id, a.verdict, t.actor, t.counted_as, t.scenario, t.exported, t.key
FROM answers AS a
JOIN actor_names AS n ON n.mailbox = a.mailbox AND n.name = a.actor
JOIN true_things AS t ON t.kind = 'folder' AND t.actor = n.actor
WHERE a.is_any_folder
