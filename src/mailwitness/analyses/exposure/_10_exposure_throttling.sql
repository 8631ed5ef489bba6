/*
row: >
  one stretch of possible throttling of a mailbox and one actor of it. It counts against the actor when it lies within a day
  of the actor's recorded presence and in the time asked for.
kept: true
*/
SELECT
    e.mailbox, e.actor, e.actor_kind, e.accessed_as, w.code, w.time_from, w.time_to, w.row_id,
    (e.first_time IS NULL OR w.time_to IS NULL OR w.time_to >= e.first_time - INTERVAL '24' HOUR)
        AND (e.last_time IS NULL OR w.time_from IS NULL OR w.time_from <= e.last_time + INTERVAL '24' HOUR) AS is_near
FROM exposure_extent AS e
JOIN throttle_windows AS w ON w.mailbox IS NOT DISTINCT FROM e.mailbox
WHERE ($time_from IS NULL OR w.time_to IS NULL OR w.time_to > $time_from)
  AND ($time_to IS NULL OR w.time_from IS NULL OR w.time_from < $time_to)
