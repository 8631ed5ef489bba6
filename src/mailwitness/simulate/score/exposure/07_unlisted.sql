/* One way in which somebody acted and something obtained in it that no finding lists, for the completeness of lists. The list is one of messages:
   an attachment of a message that is on it lacks nothing. */
WITH lacking AS (
    SELECT s.kind, s.doer, s.counted_as
    FROM subjects AS s
    LEFT JOIN subjects AS m
      ON s.kind = 'attachment' AND m.kind = 'message' AND m.doer = s.doer AND m.counted_as = s.counted_as
     AND (m.is_spoken_of OR m.is_in_folder)
    WHERE s.counted_as % getvariable('parts') = getvariable('part') AND NOT s.is_spoken_of AND NOT s.is_in_folder AND m.doer IS NULL
)
SELECT t.actor, t.access, t.time
FROM true_things AS t
JOIN lacking AS l ON l.kind = t.kind AND l.doer = t.doer AND l.counted_as = t.counted_as
WHERE NOT t.is_alias AND t.counted_as % getvariable('parts') = getvariable('part')
