/* One way in which somebody acted and something obtained in it that no finding lists, for the completeness of lists. The list is one of messages:
   an attachment of a message that is on it lacks nothing. */
SELECT unnest(s.actors) AS actor, s.kind, s.thing, s.key, s.time, s.exported, s.scenario
FROM subjects AS s
LEFT JOIN subjects AS m
  ON s.kind = 'attachment' AND m.kind = 'message' AND m.mailbox = s.mailbox AND m.actor = s.actor AND m.thing = s.thing
 AND (m.is_spoken_of OR m.is_in_folder)
WHERE NOT s.is_spoken_of AND NOT s.is_in_folder AND m.thing IS NULL
