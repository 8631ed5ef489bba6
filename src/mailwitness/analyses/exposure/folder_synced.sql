/*
claim: every message in this folder was exposed to this actor
pillar: exposure
subject: folder
question: >
  Which folders did a client of this actor synchronise? A sync record names the folder and no messages, so everything that was in the
  folder then counts as exposed. Where the record does not name the folder, any folder of the mailbox may be meant.
nulls: >
  an unknown folder is the whole mailbox; an unknown kind of access is no sync.
title: Folders synchronised
needs:
  mail_accesses: The unified audit log with MailItemsAccessed records of record type 2 (the syncs) would decide it.
sources: [https://learn.microsoft.com/purview/audit-log-investigate-accounts]
*/
SELECT
    'folder' AS subject_kind, COALESCE(a.folder_path, '(unknown folder: whole mailbox)') AS subject, a.mailbox, a.actor, s.actor_kind,
    s.accessed_as, a.time AS time_from, a.time AS time_to, 'record' AS basis, 'unbounded' AS bounds,
    'Folder synchronised: ' || COALESCE(a.folder_path, 'unknown, so the whole mailbox') AS title,
    CASE WHEN a.is_background THEN 'service_background' WHEN a.service_doubt IS NOT NULL THEN 'unlisted_service_client'
         WHEN a.folder_path IS NULL THEN 'synced_folder_unknown' ELSE 'synced' END AS code,
    'for' AS stance,
    CASE WHEN a.is_background THEN 'A background process of Microsoft''s own service synchronised this folder.'
         WHEN a.service_doubt IS NOT NULL THEN 'A sync record says that this application took this folder. ' || a.service_doubt
         WHEN a.folder_path IS NULL THEN 'A sync record names no folder: any folder of the mailbox may have been taken whole.'
         ELSE 'A sync record says that a client took this folder. It names no messages; all that was in the folder counts as exposed.' END AS sentence,
    'mail_accesses' AS table_name, a.access_id AS row_id, 'sync' AS role
FROM exposure_accesses AS a
LEFT JOIN exposure_scopes AS s
  ON s.mailbox IS NOT DISTINCT FROM a.mailbox AND s.actor IS NOT DISTINCT FROM a.actor
WHERE a.is_sync
