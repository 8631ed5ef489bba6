/*
row: >
  one mailbox, actor, user behind the actor and way of access, with what the accesses of it say together
kept: true
*/
SELECT
    mailbox, actor, user_id, accessed_as,
    MIN(actor_kind) AS actor_kind, BOOL_AND(is_background) AS is_background, MIN(time) AS first_time, MAX(time) AS last_time,
    COUNT(*) AS accesses, COUNT(service_doubt) AS doubted, MIN(service_doubt) AS service_doubt,
    SUM(CASE WHEN is_bind THEN 1 ELSE 0 END) AS binds,
    SUM(CASE WHEN is_sync THEN 1 ELSE 0 END) AS syncs,
    SUM(CASE WHEN is_bind AND is_throttled IS NULL THEN 1 ELSE 0 END) AS throttling_unsaid,
    SUM(CASE WHEN is_throttled THEN 1 ELSE 0 END) AS throttled,
    SUM(CASE WHEN time IS NULL THEN 1 ELSE 0 END) AS undated,
    MIN(CASE WHEN is_bind AND is_throttled IS NULL THEN access_id END) AS an_unsaid_access
FROM exposure_accesses
GROUP BY mailbox, actor, user_id, accessed_as
