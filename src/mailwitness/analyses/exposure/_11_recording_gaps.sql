/*
row: >
  one reason why the list of accesses of one actor to one mailbox may be incomplete, other than a sync or throttling nearby
kept: true
*/
WITH read_elsewhere AS (
    SELECT id, row_id FROM audit_events WHERE id IN (SELECT id FROM rejects)
),
unread AS (
    SELECT DISTINCT r.time, LOWER(r.user_id) AS user_id
    FROM rejects AS r
    LEFT JOIN evidence AS f ON f.evidence_id = r.evidence_id
    LEFT JOIN read_elsewhere AS whole ON whole.id = r.id
    WHERE whole.row_id IS NULL
      AND (r.operation IN ('MailItemsAccessed', 'MessageBind')
           OR (r.operation IS NULL AND NOT COALESCE(f.reader LIKE '%signins%', FALSE)))
),
mailbox_silence AS (
    SELECT a.mailbox, MIN(a.row_id) AS row_id, COUNT(*) AS records
    FROM mailbox_accesses AS a
    JOIN throttleable_mailboxes AS t ON t.mailbox IS NOT DISTINCT FROM a.mailbox
    WHERE a.is_bind AND a.is_throttled IS NULL
      AND ($time_from IS NULL OR a.time IS NULL OR a.time >= $time_from - INTERVAL '24' HOUR)
      AND ($time_to IS NULL OR a.time IS NULL OR a.time < $time_to)
    GROUP BY a.mailbox
),
nameless AS (
    SELECT a.mailbox, MIN(a.row_id) AS row_id
    FROM mailbox_accesses AS a
    WHERE COALESCE(NULLIF(a.session_id, ''), NULLIF(a.aad_session_id, '')) IS NULL
      AND COALESCE(a.accessed_as, 'owner') IN ('owner', 'delegate', 'admin')
      AND NOT COALESCE(LOWER(a.client_info_string) LIKE '%client=restsystem%', FALSE)
      AND ($time_from IS NULL OR a.time IS NULL OR a.time >= $time_from)
      AND ($time_to IS NULL OR a.time IS NULL OR a.time < $time_to)
    GROUP BY a.mailbox
),
settled AS (
    SELECT
        t.time_to, MIN(w.row_id) AS row_id,
        -- a file's own time that lies before its window says nothing (archives write 1980)
        MAX(LEAST(v.acquired_at, CASE WHEN v.modified_at > w.valid_from THEN v.modified_at END)) AS made_at
    FROM (SELECT DISTINCT time_to FROM exposure_extent) AS t
    JOIN feed_windows AS w ON w.feed = 'unified_audit_log' AND w.is_proven AND w.valid_from < t.time_to AND w.valid_to >= t.time_to
    JOIN collection_windows AS c ON c.row_id = w.row_id
    JOIN evidence AS v ON v.evidence_id = c.evidence_id
    GROUP BY t.time_to
),
unmet AS (
    SELECT
        mailbox, actor, state, denied_table AS table_name, denied_row AS row_id,
        CASE WHEN thing IN ('audited_owner', 'audited_delegate', 'audited_admin') THEN 'audited'
             WHEN thing LIKE 'signins_%' THEN 'signins' ELSE thing END AS thing,
        REPLACE(thing, 'audited_', '') AS logon, about
    FROM recording_needs
    WHERE state <> 'proven'
)
SELECT
    mailbox, actor,
    CASE thing WHEN 'collected' THEN 'collection_unproven'
               WHEN 'audited' THEN CASE state WHEN 'denied' THEN 'not_audited' ELSE 'audit_settings_unknown' END
               WHEN 'auditing_on' THEN CASE state WHEN 'denied' THEN 'auditing_disabled' ELSE 'tenant_auditing_unknown' END
               WHEN 'ingestion_on' THEN CASE state WHEN 'denied' THEN 'ingestion_off' ELSE 'ingestion_unknown' END
               WHEN 'not_bypassed' THEN CASE state WHEN 'denied' THEN 'actor_bypassed' ELSE 'bypass_unknown' END
               WHEN 'signins' THEN 'signins_unproven'
               WHEN 'licence_settled' THEN 'licence_changed'
               ELSE 'licence_gap' END AS code,
    CASE thing WHEN 'collected' THEN 'Nothing shows that the whole audit log of this time was collected.'
               WHEN 'audited' THEN CASE state
                   WHEN 'denied' THEN 'MailItemsAccessed was not audited for ' || logon || ' logons of this mailbox in this time.'
                   ELSE 'Nothing shows that MailItemsAccessed was audited for ' || logon || ' logons of this mailbox through all of this time.' END
               WHEN 'auditing_on' THEN CASE state WHEN 'denied' THEN 'Mailbox auditing was switched off in the tenant in this time.'
                   ELSE 'Nothing shows that mailbox auditing was on in the tenant through all of this time.' END
               WHEN 'ingestion_on' THEN CASE state WHEN 'denied' THEN 'The unified audit log was switched off in this time.'
                   ELSE 'Nothing shows that the unified audit log was on through all of this time.' END
               WHEN 'not_bypassed' THEN CASE state
                   WHEN 'denied' THEN 'Mailbox auditing was bypassed for the acting account ' || COALESCE(about, '') || ' in this time.'
                   ELSE 'Nothing shows that mailbox auditing was not bypassed for the acting account '
                       || COALESCE(about, '(unknown)') || ' through all of this time.' END
               WHEN 'signins' THEN 'Nothing shows that all sign-ins of this time were collected: the same credential may have opened another session, which is another actor here.'
               WHEN 'licence_settled' THEN 'A licence of this mailbox changed within this time or the day before it: for a day after a change it is not certain which accesses are recorded.'
               ELSE 'The known licences of this mailbox with auditing do not cover all of this time.' END AS sentence,
    CASE thing WHEN 'collected' THEN 'A collection of the unified audit log that covers this time and states that it is complete and for all users, or the log of one added with --collected-for all-users, would decide it.'
               WHEN 'audited' THEN 'Get-Mailbox with DefaultAuditSet and the audited actions, and the Set-Mailbox records up to it, would decide it.'
               WHEN 'auditing_on' THEN 'Get-OrganizationConfig with AuditDisabled, and the Set-OrganizationConfig records up to it, would decide it.'
               WHEN 'ingestion_on' THEN 'Get-AdminAuditLogConfig with UnifiedAuditLogIngestionEnabled, and the Set-AdminAuditLogConfig records up to it, would decide it.'
               WHEN 'not_bypassed' THEN 'Get-MailboxAuditBypassAssociation, and the Set-MailboxAuditBypassAssociation records up to it, would decide it.'
               WHEN 'signins' THEN 'The interactive and non-interactive sign-ins (of an application its service principal sign-ins too) with a statement that they are complete for this time would decide it.'
               WHEN 'licence_settled' THEN 'The same question of a time that ends before the change, or begins a day after it, would decide it.'
               ELSE 'The licence history of this mailbox (directory audits of licence changes) would decide it.' END AS would_decide,
    table_name, row_id
FROM unmet
UNION ALL
SELECT
    e.mailbox, e.actor, 'throttling_unknown' AS code,
    'Some bind records of this mailbox do not say whether recording was throttled.' AS sentence,
    'The raw records with OperationProperties IsThrottled, or an export that keeps it, would decide it.' AS would_decide,
    'mail_accesses' AS table_name, s.row_id
FROM exposure_extent AS e
JOIN mailbox_silence AS s ON s.mailbox IS NOT DISTINCT FROM e.mailbox
UNION ALL
SELECT
    e.mailbox, e.actor, 'accesses_unattributed' AS code,
    'Some access records of this mailbox name neither session nor application of their own: they may be this actor''s.' AS sentence,
    'The same records from an export that keeps their session and token identifiers would decide it.' AS would_decide,
    'mail_accesses' AS table_name, u.row_id
FROM exposure_extent AS e
JOIN nameless AS u ON u.mailbox IS NOT DISTINCT FROM e.mailbox
WHERE e.actor_kind IN ('session', 'app') AND NOT COALESCE(e.is_background, FALSE)
  AND COALESCE(e.accessed_as, 'owner') IN ('owner', 'delegate', 'admin')
UNION ALL
SELECT
    a.mailbox, a.actor, 'items_unlisted' AS code,
    'Some bind records of this actor list fewer messages than they count, or none: what the export lost is in no list.' AS sentence,
    'The same records whole, from an export that keeps their Folders, would decide it.' AS would_decide,
    'mail_accesses' AS table_name, MIN(a.access_id) AS row_id
FROM exposure_accesses AS a
WHERE a.is_bind AND a.is_unlisted
GROUP BY a.mailbox, a.actor
UNION ALL
SELECT DISTINCT
    e.mailbox, e.actor, 'records_unread' AS code,
    'A record of this time that may tell of further accesses could not be read whole.' AS sentence,
    'The same record from another export, whole, would decide it.' AS would_decide, NULL AS table_name, NULL AS row_id
FROM exposure_extent AS e
JOIN unread AS r
  ON (r.time IS NULL OR e.time_from IS NULL OR r.time >= e.time_from)
 AND (r.time IS NULL OR e.time_to IS NULL OR r.time <= e.time_to)
 AND (r.user_id IS NULL OR e.user_id IS NULL OR r.user_id = e.user_id)
UNION ALL
SELECT
    t.mailbox, t.actor, 'throttled_at_another_time' AS code,
    'Recording of this mailbox was or may have been throttled at another time, more than a day from this actor''s recorded presence.' AS sentence,
    'Nothing in the audit log: what was not recorded stays unknown. Client-side or network evidence of that time would decide it.' AS would_decide,
    'mail_accesses' AS table_name, t.row_id
FROM exposure_throttling AS t
WHERE NOT t.is_near
UNION ALL
SELECT
    e.mailbox, e.actor, d.thing AS code,
    CASE d.thing WHEN 'several_tenants' THEN 'The case holds logs of more than one tenant, and no statement of a collection says of which tenant it is.'
                 WHEN 'record_types_filtered' THEN 'The log has records of type 50 and not one of the types 2 and 3: it was filtered, and syncs are lost (MW-E0018).'
                 WHEN 'exports_disagree' THEN 'More records of this time are here than its collector says there were: another export has records that this one lacks.'
                 WHEN 'search_incomplete' THEN 'The log was searched with Search-UnifiedAuditLog, whose large searches missed rows until January 2025 (MW-E0034, MW-E0035).'
                 ELSE 'Mail-access records were paused from March 2019 to the first quarter of 2020 (MW-E0062), and did not exist before.' END AS sentence,
    CASE d.thing WHEN 'several_tenants' THEN 'A case for each tenant, with its own logs and statements, would decide it.'
                 WHEN 'record_types_filtered' THEN 'A search by operation (MailItemsAccessed) and not by record type would decide it.'
                 WHEN 'exports_disagree' THEN 'A third collection of this time that agrees with one of the two would decide it.'
                 WHEN 'search_incomplete' THEN 'An export of this time from the Management Activity API or the audit-log query of Graph would decide it.'
                 ELSE 'Nothing in the audit log; client-side or network evidence of that time would decide it.' END AS would_decide,
    MIN(d.table_name) AS table_name, MIN(d.row_id) AS row_id
FROM exposure_extent AS e
JOIN access_doubts AS d
  ON d.about = '' AND d.thing IN ('several_tenants', 'record_types_filtered', 'exports_disagree', 'search_incomplete', 'known_outage')
 AND (e.time_from IS NULL OR d.valid_to > e.time_from) AND (e.time_to IS NULL OR d.valid_from < e.time_to)
GROUP BY e.mailbox, e.actor, d.thing
UNION ALL
SELECT
    mailbox, actor, 'service_actor' AS code,
    'What Microsoft''s own services read of a mailbox is not all recorded as mail access: compliance searches, indexing and assistants leave other records or none.' AS sentence,
    'Nothing in the audit log: what a service reads is not recorded whole.' AS would_decide, NULL AS table_name, NULL AS row_id
FROM exposure_extent
WHERE is_background OR actor_kind = 'service'
UNION ALL
SELECT
    e.mailbox, e.actor, 'service_in_a_persons_name' AS code,
    'A directory record shows a Microsoft service that acted in a person''s name: the tokens that do so can read mail without any record (MW-E0012).' AS sentence,
    'Nothing in the logs: such tokens are logged neither at issue nor at use.' AS would_decide, 'directory_audits' AS table_name, d.row_id
FROM exposure_extent AS e
JOIN (
    SELECT MIN(row_id) AS row_id, COUNT(*) AS records
    FROM directory_audits
    WHERE initiated_by_user LIKE '%@%'
      AND initiated_by_name IN ('Office 365 Exchange Online', 'Office 365 SharePoint Online', 'Skype for Business Online', 'Dataverse', 'Microsoft Dynamics ERP')
      AND NOT COALESCE(LOWER(activity) LIKE '%group%' OR activity = 'Set directory feature on tenant', FALSE)
) AS d ON d.records > 0
UNION ALL
SELECT
    mailbox, actor, 'access_undated' AS code, 'Some access records of this actor carry no time.' AS sentence,
    'The raw records with their CreationTime would decide it.' AS would_decide, NULL AS table_name, NULL AS row_id
FROM exposure_extent
WHERE undated > 0
UNION ALL
SELECT
    mailbox, actor, 'no_access_recorded' AS code, 'No access as asked for is recorded in this case.' AS sentence,
    'A complete collection of the unified audit log of this time, with the audit settings of the mailbox, would decide it.' AS would_decide,
    NULL AS table_name, NULL AS row_id
FROM exposure_extent
WHERE accesses = 0
UNION ALL
SELECT
    mailbox, actor, 'records_may_be_late' AS code, 'Less than 24 hours passed between this time and the moment this was asked as of.' AS sentence,
    'A collection made at least 24 hours after this time would decide it.' AS would_decide, NULL AS table_name, NULL AS row_id
FROM exposure_extent
WHERE $as_of IS NOT NULL AND time_to > $as_of - INTERVAL '24' HOUR
UNION ALL
SELECT
    e.mailbox, e.actor, 'records_may_be_late' AS code, 'The log was collected less than 24 hours after the end of this time: records may have come later (MW-E0030).' AS sentence,
    'A collection made at least 24 hours after this time would decide it; so would a question that ends a day before this one was made.' AS would_decide,
    'collection_windows' AS table_name, s.row_id
FROM exposure_extent AS e
JOIN settled AS s ON s.time_to = e.time_to
WHERE s.made_at < e.time_to + INTERVAL '24' HOUR
