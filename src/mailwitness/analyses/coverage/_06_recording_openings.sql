/*
row: one reason why it is not known whether accesses of a stretch of `mailbox_coverage` would be recorded and here, and what would decide it
kept: true
*/
WITH undecided AS (
    SELECT
        c.mailbox, c.valid_from, c.valid_to, c.collected, c.ingestion_on, c.auditing_on, c.entitled, c.audited_owner, c.audited_delegate, c.audited_admin,
        c.not_bypassed, c.owner_recorded, c.no_account_bypassed, c.not_silent
    FROM mailbox_coverage AS c
    WHERE c.state = 'unknown'
),
doubted AS (
    SELECT u.mailbox, u.valid_from, f.thing, f.table_name, f.row_id
    FROM undecided AS u
    JOIN coverage_facts AS f ON f.mailbox = u.mailbox AND f.valid_from <= u.valid_from AND f.valid_to > u.valid_from
    WHERE f.thing IN ('collection_incomplete', 'before_first_record', 'known_outage', 'search_incomplete', 'exports_disagree', 'record_types_filtered', 'several_tenants',
                      'throttling_inferred', 'throttling_edge', 'throttling_before_log', 'collected_late')
      AND (f.thing <> 'collected_late' OR u.collected <> 'proven')
),
times AS (
    SELECT DISTINCT valid_from, valid_to FROM undecided WHERE collected <> 'proven'
),
capped AS (
    SELECT t.valid_from, t.valid_to, MIN(e.records) AS records, MIN(e.evidence_id) AS evidence_id
    FROM times AS t
    JOIN evidence AS e ON e.scope_from < t.valid_to AND e.scope_to >= t.valid_from
    WHERE e.records IN (5000, 10000, 50000, 100000, 150000, 500000) AND (e.reader LIKE '%ual%' OR e.reader LIKE '%audit%' OR e.reader LIKE '%office%')
    GROUP BY t.valid_from, t.valid_to
),
unstated AS (
    SELECT t.valid_from, t.valid_to, MIN(s.row_id) AS row_id
    FROM times AS t
    JOIN feed_spans AS s ON s.feed = 'unified_audit_log' AND s.what = 'users_unstated' AND s.valid_from < t.valid_to AND s.valid_to > t.valid_from
    GROUP BY t.valid_from, t.valid_to
),
premium AS (
    SELECT COALESCE(n.mailbox, LOWER(l.user_principal_name)) AS mailbox, l.valid_from, l.valid_to
    FROM licences AS l
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(l.user_principal_name)
    WHERE LOWER(l.service_plan_id) = '2f442157-a11c-46b9-ae5b-6e39ff4e5849'
),
taken AS (
    SELECT DISTINCT u.mailbox, u.valid_from
    FROM undecided AS u
    JOIN premium AS p ON p.mailbox = u.mailbox AND p.valid_to <= u.valid_from
    LEFT JOIN premium AS again ON again.mailbox = u.mailbox AND again.valid_from <= u.valid_from AND again.valid_to > u.valid_from
    WHERE again.mailbox IS NULL
),
conflicts AS (
    SELECT u.mailbox, u.valid_from, f.thing, MIN(f.table_name) AS table_name, MIN(f.row_id) AS row_id
    FROM undecided AS u
    JOIN coverage_facts AS f ON f.mailbox = u.mailbox AND f.valid_from <= u.valid_from AND f.valid_to > u.valid_from
    WHERE f.thing IN ('collected', 'ingestion_on', 'auditing_on', 'entitled', 'audited_owner', 'audited_delegate', 'audited_admin', 'not_bypassed')
    GROUP BY u.mailbox, u.valid_from, f.thing
    HAVING BOOL_OR(f.is_proven) AND NOT BOOL_AND(f.is_proven)
)
SELECT
    mailbox, valid_from, CASE thing WHEN 'collected_late' THEN 'records_may_be_late' ELSE thing END AS code,
    CASE thing
        WHEN 'collection_incomplete' THEN 'The collector states that it did not get all of this time; a part of it is here.'
        WHEN 'before_first_record' THEN 'The log of this case begins on a later day. Older records may have expired before it was collected (MW-E0036).'
        WHEN 'known_outage' THEN 'Mail-access records were paused from March 2019 to the first quarter of 2020 (MW-E0062), and did not exist before.'
        WHEN 'search_incomplete' THEN 'The log was searched with Search-UnifiedAuditLog, whose large searches missed rows until January 2025 (MW-E0034, MW-E0035).'
        WHEN 'exports_disagree' THEN 'More records of this time are here than its collector says there were: another export has records that this one lacks.'
        WHEN 'record_types_filtered' THEN 'The log has records of type 50 and not one of the types 2 and 3: it was filtered, and syncs are lost (MW-E0018).'
        WHEN 'several_tenants' THEN 'The case holds logs of more than one tenant, and no statement of a collection says of which tenant it is.'
        WHEN 'throttling_inferred' THEN 'A thousand records within 24 hours and no bind after them: recording of binds may have been throttled without a mark (MW-E0015).'
        WHEN 'throttling_edge' THEN 'Throttling began or ended within this second, and records are dated to the second (MW-E0015).'
        WHEN 'throttling_before_log' THEN 'The collected log begins less than 24 hours before, and no bind has followed: whether binds were throttled when it began is not known (MW-E0015).'
        ELSE 'The log was collected less than 24 hours after this time: records may have come later (MW-E0030).' END AS sentence,
    CASE thing
        WHEN 'collection_incomplete' THEN 'The same window collected again, in shorter pieces, with a statement that it is whole, would decide it.'
        WHEN 'before_first_record' THEN 'An earlier export of this time, or a longer retention that still holds it, would decide it.'
        WHEN 'known_outage' THEN 'Nothing in the audit log; client-side or network evidence of that time would decide it.'
        WHEN 'search_incomplete' THEN 'An export of this time from the Management Activity API or the audit-log query of Graph would decide it.'
        WHEN 'exports_disagree' THEN 'A third collection of this time that agrees with one of the two would decide it.'
        WHEN 'record_types_filtered' THEN 'A search by operation (MailItemsAccessed) and not by record type would decide it.'
        WHEN 'several_tenants' THEN 'A case for each tenant, with its own logs and statements, would decide it.'
        WHEN 'throttling_inferred' THEN 'The raw records with OperationProperties IsThrottled, or client-side evidence of that time, would decide it.'
        WHEN 'throttling_edge' THEN 'Nothing in the audit log, which has no finer clock.'
        WHEN 'throttling_before_log' THEN 'The unified audit log of the day before, collected whole, would decide it.'
        ELSE 'A collection made at least 24 hours after this time would decide it.' END AS would_decide,
    table_name, row_id
FROM doubted
UNION ALL
SELECT
    mailbox, valid_from, CASE thing WHEN 'collected' THEN 'collection_disputed' WHEN 'entitled' THEN 'licence_disputed' WHEN 'ingestion_on' THEN 'ingestion_disputed'
                               ELSE 'settings_disputed' END AS code,
    CASE thing WHEN 'collected' THEN 'One statement says that this time was collected whole, another that nothing of it was.'
               WHEN 'entitled' THEN 'The licence says that this mailbox had no mail-access records, and it has some.'
               WHEN 'ingestion_on' THEN 'The unified audit log reads as switched off, and records of that time are here: the switch may have been read in the wrong shell (MW-E0022).'
               ELSE 'The evidence says both that recording depended on ' || REPLACE(thing, '_', ' ') || ' and holds, and that it does not.' END AS sentence,
    CASE thing WHEN 'collected' THEN 'The same window collected again, with a statement that it is whole, would decide it.'
               WHEN 'entitled' THEN 'The licence history of this mailbox (directory audits of licence changes) would decide it.'
               ELSE 'The admin audit records of the change (Set-Mailbox, Set-OrganizationConfig, Set-AdminAuditLogConfig, Set-MailboxAuditBypassAssociation) would decide it.' END AS would_decide,
    table_name, row_id
FROM conflicts
UNION ALL
SELECT
    u.mailbox, u.valid_from, 'users_unstated' AS code, 'A collector states that it got all it asked for, but nobody states that it asked for all users.' AS sentence,
    'Adding the collector''s own log with --collected-for all-users, by someone who can answer for it, would decide it.' AS would_decide,
    'collection_windows' AS table_name, s.row_id
FROM undecided AS u
JOIN unstated AS s ON s.valid_from = u.valid_from AND s.valid_to = u.valid_to
WHERE u.collected <> 'proven'
UNION ALL
SELECT
    u.mailbox, u.valid_from, 'export_at_limit' AS code,
    'An export of this time has exactly ' || CAST(c.records AS TEXT) || ' records, which is a limit of searches: there may be more (MW-E0033).' AS sentence,
    'The same time exported again in shorter windows, with a statement that it is whole, would decide it.' AS would_decide, 'evidence' AS table_name, c.evidence_id AS row_id
FROM undecided AS u
JOIN capped AS c ON c.valid_from = u.valid_from AND c.valid_to = u.valid_to
WHERE u.collected <> 'proven'
UNION ALL
SELECT
    u.mailbox, u.valid_from, 'collection_unproven' AS code, 'Nothing shows that the whole unified audit log of this time was collected.' AS sentence,
    'A collection of the unified audit log that covers this time and states that it is complete and for all users, or the log of one added with --collected-for all-users, would decide it.' AS would_decide,
    NULL AS table_name, NULL AS row_id
FROM undecided AS u
LEFT JOIN doubted AS d
  ON d.mailbox = u.mailbox AND d.valid_from = u.valid_from AND d.thing NOT IN ('throttling_inferred', 'throttling_edge', 'throttling_before_log')
LEFT JOIN conflicts AS x ON x.mailbox = u.mailbox AND x.valid_from = u.valid_from AND x.thing = 'collected'
WHERE u.collected <> 'proven' AND d.mailbox IS NULL AND x.mailbox IS NULL
UNION ALL
SELECT
    u.mailbox, u.valid_from, 'ingestion_unknown' AS code, 'Nothing shows that the unified audit log was on through this time; a switch takes up to an hour (MW-E0021).' AS sentence,
    'Get-AdminAuditLogConfig with UnifiedAuditLogIngestionEnabled (in Exchange Online PowerShell: MW-E0022), and the Set-AdminAuditLogConfig records up to it, would decide it.' AS would_decide,
    NULL AS table_name, NULL AS row_id
FROM undecided AS u
LEFT JOIN conflicts AS x ON x.mailbox = u.mailbox AND x.valid_from = u.valid_from AND x.thing = 'ingestion_on'
WHERE u.ingestion_on <> 'proven' AND x.mailbox IS NULL
UNION ALL
SELECT
    mailbox, valid_from, 'tenant_auditing_unknown' AS code, 'Nothing shows that mailbox auditing was on in the organisation through this time.' AS sentence,
    'Get-OrganizationConfig with AuditDisabled, and the Set-OrganizationConfig records up to it, would decide it.' AS would_decide,
    NULL AS table_name, NULL AS row_id
FROM undecided
WHERE auditing_on <> 'proven'
UNION ALL
SELECT
    mailbox, valid_from, 'audit_settings_unknown' AS code,
    'Nothing shows that MailItemsAccessed was audited through this time for logons of: '
        || TRIM(CASE WHEN audited_owner <> 'proven' THEN 'owner ' ELSE '' END || CASE WHEN audited_delegate <> 'proven' THEN 'delegate ' ELSE '' END
                || CASE WHEN audited_admin <> 'proven' THEN 'admin' ELSE '' END) || '.' AS sentence,
    'Get-Mailbox with DefaultAuditSet and the audited actions, and the Set-Mailbox records up to it, would decide it.' AS would_decide,
    NULL AS table_name, NULL AS row_id
FROM undecided
WHERE audited_owner <> 'proven' OR audited_delegate <> 'proven' OR audited_admin <> 'proven'
UNION ALL
SELECT
    mailbox, valid_from, 'bypass_unknown' AS code, 'Nothing shows that auditing was not bypassed for the account of this mailbox through this time (MW-E0019).' AS sentence,
    'Get-MailboxAuditBypassAssociation, and the Set-MailboxAuditBypassAssociation records up to it, would decide it.' AS would_decide,
    NULL AS table_name, NULL AS row_id
FROM undecided
WHERE not_bypassed <> 'proven'
UNION ALL
SELECT
    u.mailbox, u.valid_from, 'bypass_may_last' AS code,
    'Auditing was bypassed for ' || m.mailbox || ' at another time, and nothing shows whether it was at this one (MW-E0019).' AS sentence,
    'Get-MailboxAuditBypassAssociation of this account at this time, or the Set-MailboxAuditBypassAssociation records between, would decide it.' AS would_decide,
    'mailbox_settings' AS table_name, m.row_id
FROM undecided AS u
JOIN coverage_facts AS f ON f.mailbox = u.mailbox AND f.thing = 'bypass_may_last' AND f.valid_from <= u.valid_from AND f.valid_to > u.valid_from
JOIN mailbox_settings AS m ON m.row_id = f.row_id
WHERE u.no_account_bypassed <> 'proven'
UNION ALL
SELECT
    mailbox, valid_from, 'silent_day' AS code, 'No access is recorded on this weekday, of a mailbox that has some on nearly all others. Its owner may have been away.' AS sentence,
    'The sign-ins of the owner, or other acts of this day, would decide it.' AS would_decide, NULL AS table_name, NULL AS row_id
FROM undecided
WHERE not_silent <> 'proven'
UNION ALL
SELECT
    mailbox, valid_from, 'plan_not_effective' AS code,
    'The mailbox is licensed, and its owner worked in it on three days or more of this log, which holds not one mail access of it (MW-E0024).' AS sentence,
    'The assignment of the plan (directly, or through which group and since when) would decide it.' AS would_decide, NULL AS table_name, NULL AS row_id
FROM undecided
WHERE owner_recorded <> 'proven'
UNION ALL
SELECT
    u.mailbox, u.valid_from,
    CASE WHEN l.is_shared AND NOT l.has_plan THEN 'shared_without_licence' WHEN t.mailbox IS NOT NULL THEN 'premium_taken_away'
         WHEN l.has_premium OR l.has_standard THEN CASE WHEN u.valid_from < TIMESTAMP '2024-10-01 00:00:00' AND NOT l.has_premium THEN 'roll_out_unknown' ELSE 'licence_unproven' END
         WHEN l.has_plan THEN 'plan_unpublished' ELSE 'licence_unknown' END AS code,
    CASE WHEN l.is_shared AND NOT l.has_plan
         THEN 'A shared mailbox without a licence of its own: which accesses are recorded is not published. Records by delegates show that those of licensed delegates are.'
         WHEN t.mailbox IS NOT NULL
         THEN 'Audit (Premium) was taken from this mailbox before (MW-E0023). Whether Audit (Standard) then still brings the records is not published.'
         WHEN l.has_premium OR l.has_standard THEN
             CASE WHEN u.valid_from < TIMESTAMP '2024-10-01 00:00:00' AND NOT l.has_premium
                  THEN 'The mailbox has a plan that got mail-access records with a roll-out, on a day of each tenant''s own (MW-E0028).'
                  ELSE 'The mailbox is licensed, but nothing shows that it was at this time: the log between has a gap or a change.' END
         WHEN l.has_plan THEN 'The licence is known, and Microsoft does not say whether mailboxes with it (Business, frontline, Exchange alone) have mail-access records.'
         ELSE 'No licence of this mailbox is known for this time.' END AS sentence,
    CASE WHEN l.is_shared AND NOT l.has_plan THEN 'A licence with Audit (Standard) or (Premium) on the shared mailbox records it from then on; for the past, records of its delegates and their clients would decide it.'
         WHEN t.mailbox IS NOT NULL OR (l.has_plan AND NOT l.has_premium AND NOT l.has_standard) THEN 'Records of its owner''s own accesses, before and after, in a log collected whole, would decide it.'
         ELSE 'The licences of all users (Get-MgUser with assignedPlans) and the directory audits of licence changes would decide it.' END AS would_decide,
    NULL AS table_name, NULL AS row_id
FROM undecided AS u
LEFT JOIN mailbox_licensing AS l ON l.mailbox = u.mailbox
LEFT JOIN taken AS t ON t.mailbox = u.mailbox AND t.valid_from = u.valid_from
LEFT JOIN conflicts AS x ON x.mailbox = u.mailbox AND x.valid_from = u.valid_from AND x.thing = 'entitled'
WHERE u.entitled <> 'proven' AND x.mailbox IS NULL
