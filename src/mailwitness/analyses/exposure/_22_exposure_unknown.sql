/*
row: >
  one stretch of time in which an actor's further accesses cannot be excluded, and why
*/
SELECT
    mailbox, actor, actor_kind, time_from, time_to, code,
    CASE code WHEN 'throttled' THEN 'A record says that recording of this mailbox was throttled; binds of the next 24 hours may be missing.'
              ELSE 'At least 1,000 bind records within 24 hours, then silence: recording was probably throttled for 24 hours.' END AS reason,
    'Client-side or network evidence of that time would decide it; the audit log cannot.' AS would_decide
FROM exposure_throttling
WHERE is_near
UNION ALL
SELECT e.mailbox, e.actor, e.actor_kind, e.time_from, e.time_to, g.code, g.sentence AS reason, g.would_decide
FROM exposure_extent AS e
JOIN (SELECT DISTINCT mailbox, actor, code, sentence, would_decide FROM recording_gaps) AS g
  ON g.mailbox IS NOT DISTINCT FROM e.mailbox AND g.actor IS NOT DISTINCT FROM e.actor
