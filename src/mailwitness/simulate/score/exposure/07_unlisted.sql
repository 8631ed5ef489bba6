/* One way in which somebody acted and something obtained in it that no finding lists, for the completeness of lists. */
SELECT unnest(actors) AS actor, kind, thing, key, time, exported, scenario
FROM subjects
WHERE NOT is_spoken_of AND NOT is_in_folder
