/* One finding and one true thing that it speaks of, by the same actor in the same mailbox. */
SELECT a.kind, a.finding, t.doer, t.counted_as, t.scenario, t.exported, t.access
FROM answers AS a
JOIN actor_names AS n ON n.who = a.who
JOIN true_things AS t ON t.kind = a.kind AND t.actor = n.actor AND t.thing = a.thing
WHERE NOT a.is_any_folder AND a.thing % getvariable('parts') = getvariable('part') AND t.thing % getvariable('parts') = getvariable('part')
UNION ALL
SELECT a.kind, a.finding, t.doer, t.counted_as, t.scenario, t.exported, t.access
FROM answers AS a
JOIN actor_names AS n ON n.who = a.who
JOIN true_things AS t ON t.kind = 'folder' AND t.actor = n.actor
WHERE a.is_any_folder AND t.thing % getvariable('parts') = getvariable('part')
