/*
row: >
  one session, application, user or service that touched the mail of one mailbox; background holds the reason where all of
  it is background work of Microsoft's own service, and remark what is in doubt about the actor
kept: true
*/
WITH addresses AS (
    SELECT mailbox, actor, LIST_SORT(ARRAY_AGG(client_ip)) AS addresses
    FROM (SELECT DISTINCT mailbox, actor, client_ip FROM exposure_accesses WHERE client_ip IS NOT NULL) AS seen
    GROUP BY mailbox, actor
),
clients AS (
    SELECT mailbox, actor, LIST_SORT(ARRAY_AGG(client)) AS clients
    FROM (SELECT DISTINCT mailbox, actor, client FROM exposure_accesses WHERE client IS NOT NULL) AS seen
    GROUP BY mailbox, actor
),
apps AS (
    SELECT mailbox, actor, LIST_SORT(ARRAY_AGG(app)) AS apps
    FROM (SELECT DISTINCT mailbox, actor, app FROM exposure_accesses WHERE app IS NOT NULL) AS seen
    GROUP BY mailbox, actor
),
users AS (
    SELECT mailbox, actor, LIST_SORT(ARRAY_AGG(user_id)) AS users
    FROM (SELECT DISTINCT mailbox, actor, user_id FROM exposure_presence WHERE user_id IS NOT NULL) AS seen
    GROUP BY mailbox, actor
),
folders AS (
    SELECT mailbox, actor, COUNT(*) AS folders_synced
    FROM exposed_folders
    GROUP BY mailbox, actor
)
SELECT
    s.mailbox, s.actor, s.actor_kind, s.accessed_as, u.users, p.apps, c.clients, i.addresses, s.first_time, s.last_time,
    s.accesses, COALESCE(m.messages, 0) AS messages, s.syncs, COALESCE(f.folders_synced, 0) AS folders_synced, s.throttled, s.bounds,
    CASE WHEN s.is_background
         THEN 'A process of Microsoft''s own service: no session, the service''s own client and address.' END AS background,
    CASE WHEN s.doubted > 0 THEN CAST(s.doubted AS TEXT) || ' of ' || CAST(s.accesses AS TEXT) || ' accesses: ' || s.service_doubt END AS remark
FROM exposure_scopes AS s
LEFT JOIN addresses AS i ON i.mailbox IS NOT DISTINCT FROM s.mailbox AND i.actor IS NOT DISTINCT FROM s.actor
LEFT JOIN clients AS c ON c.mailbox IS NOT DISTINCT FROM s.mailbox AND c.actor IS NOT DISTINCT FROM s.actor
LEFT JOIN apps AS p ON p.mailbox IS NOT DISTINCT FROM s.mailbox AND p.actor IS NOT DISTINCT FROM s.actor
LEFT JOIN users AS u ON u.mailbox IS NOT DISTINCT FROM s.mailbox AND u.actor IS NOT DISTINCT FROM s.actor
LEFT JOIN folders AS f ON f.mailbox IS NOT DISTINCT FROM s.mailbox AND f.actor IS NOT DISTINCT FROM s.actor
LEFT JOIN message_counts AS m ON m.mailbox IS NOT DISTINCT FROM s.mailbox AND m.actor IS NOT DISTINCT FROM s.actor
WHERE s.accesses > 0
