/*
row: >
  one mailbox and day (UTC) with records of mail accesses: how many, how many binds, the first and last of each, and one that only a mailbox
  licensed for them has (the owner's own, or an application's; a delegate's may rest on the delegate's licence)
kept: true
*/
WITH named AS (
    SELECT
        COALESCE(n.mailbox, LOWER(a.mailbox)) AS mailbox, a.time, a.row_id, DATE_TRUNC('day', a.time) AS day,
        COALESCE(a.mail_access_type, 'Bind') <> 'Sync' AS is_bind, a.is_throttled, COALESCE(a.accessed_as IN ('owner', 'application'), FALSE) AS is_own
    FROM mail_accesses AS a
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(a.mailbox)
    WHERE a.operation = 'MailItemsAccessed' AND a.time IS NOT NULL AND a.mailbox IS NOT NULL
      AND ($mailbox IS NULL OR LOWER(a.mailbox) IN (SELECT name FROM asked_names WHERE part = 'mailbox'))
)
SELECT
    mailbox, day AS moment, COUNT(*) AS records, SUM(CASE WHEN is_bind THEN 1 ELSE 0 END) AS binds,
    MIN(CASE WHEN is_bind THEN time END) AS first_bind, MAX(CASE WHEN is_bind THEN time END) AS last_bind,
    MAX(CASE WHEN is_bind AND NOT is_throttled THEN time END) AS last_unthrottled,
    MIN(CASE WHEN is_own THEN time END) AS first_own, MAX(CASE WHEN is_own THEN time END) AS last_own,
    MIN(CASE WHEN is_own THEN row_id END) AS own_row
FROM named
GROUP BY mailbox, day
