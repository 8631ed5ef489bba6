/*
row: >
  one mailbox and actor with the bounds of what is known of its accesses: unbounded after a sync or throttling, else exact if every need of recording is proven, else at least
kept: true
*/
SELECT
    e.mailbox, e.actor, e.actor_kind, e.accessed_as, e.is_background, e.doubted, e.service_doubt, e.user_id, e.time_from, e.time_to, e.first_time, e.last_time,
    e.accesses, e.syncs, e.throttled, e.throttling_unsaid, e.an_unsaid_access,
    CASE WHEN e.syncs > 0 OR near.mailbox IS NOT NULL OR near.actor IS NOT NULL THEN 'unbounded'
         WHEN gap.mailbox IS NOT NULL OR gap.actor IS NOT NULL OR e.mailbox IS NULL THEN 'at_least'
         ELSE 'exact' END AS bounds
FROM exposure_extent AS e
LEFT JOIN (SELECT DISTINCT mailbox, actor FROM exposure_throttling WHERE is_near) AS near
  ON near.mailbox IS NOT DISTINCT FROM e.mailbox AND near.actor IS NOT DISTINCT FROM e.actor
LEFT JOIN (SELECT DISTINCT mailbox, actor FROM recording_gaps) AS gap
  ON gap.mailbox IS NOT DISTINCT FROM e.mailbox AND gap.actor IS NOT DISTINCT FROM e.actor
