/*
row: >
  one thing that must hold through the whole time of a statement for the list of accesses to be complete, with whether it
  is proven. Access of no known kind needs every logon type audited. A licence is needed only where its history is known: that
  the mailbox has records of the kind shows that it was licensed, and a change would lie in the collected log; for a day after one it is not certain
  what is recorded. The sign-ins of the time must be
  here too: an actor is known by a session, a token or an application, and only they show whether the same credential opened another.
kept: true
*/
WITH proofs AS (
    SELECT thing, about, valid_from, valid_to, is_proven, table_name, row_id FROM recording_proofs
    UNION ALL
    SELECT feed AS thing, '' AS about, valid_from, valid_to, is_proven, 'collection_windows' AS table_name, row_id
    FROM feed_windows
    WHERE feed IN ('signins_interactive', 'signins_non_interactive', 'signins_service_principal')
),
needs AS (
    SELECT mailbox, actor, time_from, time_to, 'collected' AS thing, '' AS about FROM exposure_extent
    UNION ALL
    SELECT mailbox, actor, time_from, time_to, 'auditing_on' AS thing, '' AS about FROM exposure_extent
    UNION ALL
    SELECT mailbox, actor, time_from, time_to, 'ingestion_on' AS thing, '' AS about FROM exposure_extent
    UNION ALL
    SELECT mailbox, actor, time_from, time_to, 'audited_owner' AS thing, mailbox AS about FROM exposure_extent
    WHERE accessed_as IS NULL OR accessed_as NOT IN ('delegate', 'admin')
    UNION ALL
    SELECT mailbox, actor, time_from, time_to, 'audited_delegate' AS thing, mailbox AS about FROM exposure_extent
    WHERE accessed_as IS NULL OR accessed_as NOT IN ('owner', 'admin')
    UNION ALL
    SELECT mailbox, actor, time_from, time_to, 'audited_admin' AS thing, mailbox AS about FROM exposure_extent
    WHERE accessed_as IS NULL OR accessed_as NOT IN ('owner', 'delegate')
    UNION ALL
    SELECT DISTINCT e.mailbox, e.actor, e.time_from, e.time_to, 'not_bypassed' AS thing, COALESCE(n.mailbox, p.user_id) AS about
    FROM exposure_extent AS e
    LEFT JOIN exposure_presence AS p
      ON p.mailbox IS NOT DISTINCT FROM e.mailbox AND p.actor IS NOT DISTINCT FROM e.actor
    LEFT JOIN mailbox_names AS n ON n.name = p.user_id
    WHERE p.accessed_as IS NULL OR p.accessed_as NOT IN ('application', 'service')
    UNION ALL
    SELECT e.mailbox, e.actor, e.time_from, e.time_to, f.feed AS thing, '' AS about
    FROM exposure_extent AS e
    JOIN (SELECT 'signins_interactive' AS feed, FALSE AS is_of_apps
          UNION ALL SELECT 'signins_non_interactive' AS feed, FALSE AS is_of_apps
          UNION ALL SELECT 'signins_service_principal' AS feed, TRUE AS is_of_apps) AS f
      ON NOT f.is_of_apps OR e.accessed_as IS NULL OR e.accessed_as = 'application'
    UNION ALL
    SELECT e.mailbox, e.actor, e.time_from, e.time_to, 'licensed' AS thing, e.mailbox AS about
    FROM exposure_extent AS e
    WHERE e.mailbox IN (SELECT about FROM recording_proofs WHERE thing = 'licensed')
    UNION ALL
    SELECT e.mailbox, e.actor, e.time_from, e.time_to, 'licence_settled' AS thing, e.mailbox AS about
    FROM exposure_extent AS e
    WHERE e.mailbox IN (SELECT about FROM recording_proofs WHERE thing = 'licence_settled')
),
wanted AS (
    SELECT DISTINCT thing, about, time_from, time_to FROM needs
),
begun AS (
    SELECT DISTINCT w.thing, w.about, w.time_from, w.time_to
    FROM wanted AS w
    JOIN proofs AS p
      ON p.thing = w.thing AND p.about = w.about AND p.is_proven AND p.valid_from <= w.time_from AND p.valid_to > w.time_from
),
broken AS (
    SELECT DISTINCT w.thing, w.about, w.time_from, w.time_to
    FROM wanted AS w
    JOIN proofs AS p
      ON p.thing = w.thing AND p.about = w.about AND p.is_proven AND p.valid_to > w.time_from AND p.valid_to < w.time_to
    LEFT JOIN proofs AS after
      ON after.thing = w.thing AND after.about = w.about AND after.is_proven
     AND after.valid_from <= p.valid_to AND after.valid_to > p.valid_to
    WHERE after.row_id IS NULL
),
denied AS (
    SELECT w.thing, w.about, w.time_from, w.time_to, MIN(p.row_id) AS row_id, MIN(p.table_name) AS table_name
    FROM wanted AS w
    JOIN proofs AS p
      ON p.thing = w.thing AND p.about = w.about AND NOT p.is_proven
     AND (p.valid_to IS NULL OR w.time_from IS NULL OR p.valid_to > w.time_from)
     AND (p.valid_from IS NULL OR w.time_to IS NULL OR p.valid_from < w.time_to OR ($time_to IS NULL AND p.valid_from = w.time_to))
    GROUP BY w.thing, w.about, w.time_from, w.time_to
)
SELECT
    n.mailbox, n.actor, n.time_from, n.time_to, n.thing, n.about,
    CASE WHEN d.row_id IS NOT NULL THEN 'denied'
         WHEN b.thing IS NOT NULL AND x.thing IS NULL AND n.time_to IS NOT NULL THEN 'proven'
         ELSE 'unproven' END AS state,
    d.table_name AS denied_table, d.row_id AS denied_row
FROM needs AS n
LEFT JOIN begun AS b
  ON b.thing = n.thing AND b.about IS NOT DISTINCT FROM n.about AND b.time_from IS NOT DISTINCT FROM n.time_from
 AND b.time_to IS NOT DISTINCT FROM n.time_to
LEFT JOIN broken AS x
  ON x.thing = n.thing AND x.about IS NOT DISTINCT FROM n.about AND x.time_from IS NOT DISTINCT FROM n.time_from
 AND x.time_to IS NOT DISTINCT FROM n.time_to
LEFT JOIN denied AS d
  ON d.thing = n.thing AND d.about IS NOT DISTINCT FROM n.about AND d.time_from IS NOT DISTINCT FROM n.time_from
 AND d.time_to IS NOT DISTINCT FROM n.time_to
