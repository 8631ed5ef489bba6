/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Were the logs that an investigation of read mail needs collected whole: the unified audit log of all users and record types, and the sign-ins of all four kinds?
  Whole is what a collector states and the case holds as many records of (collection statements, a collector's own log); a file with records alone is no proof.
nulls: >
  a log that is here without a statement leaves the recommendation open; so does a sign-in export that does not say which kind it is. A log that is not here may lie elsewhere.
title: The logs are collected whole
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
  - https://www.cisa.gov/resources-tools/resources/microsoft-expanded-cloud-logs-implementation-playbook
  - https://learn.microsoft.com/graph/api/signin-list (non-interactive sign-ins only with a filter on signInEventTypes)
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
*/
WITH recommendations AS (
    SELECT
        'cisa-collected-unified-audit-log' AS recommendation, 'unified_audit_log' AS feed, 'the unified audit log' AS log,
        'Search-UnifiedAuditLog for all users and all record types (2 and 50 hold mail accesses), or the Management Activity API, and a collection statement' AS how
    UNION ALL
    SELECT 'cisa-collected-signins-interactive', 'signins_interactive', 'the interactive sign-in log', 'GET /auditLogs/signIns, and a collection statement'
    UNION ALL
    SELECT
        'cisa-collected-signins-non-interactive', 'signins_non_interactive', 'the non-interactive sign-in log',
        'GET /beta/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq ''nonInteractiveUser'') (without the filter there are none, MW-E0039), and a collection statement'
    UNION ALL
    SELECT
        'cisa-collected-signins-service-principal', 'signins_service_principal', 'the sign-in log of service principals',
        'GET /beta/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq ''servicePrincipal''), and a collection statement'
    UNION ALL
    SELECT
        'cisa-collected-signins-managed-identity', 'signins_managed_identity', 'the sign-in log of managed identities',
        'GET /beta/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq ''managedIdentity''), and a collection statement'
),
held AS (
    SELECT 'signins_' || stream AS feed, COUNT(*) AS records, MIN(row_id) AS row_id, 'signins' AS table_name, MIN(time) AS time_from, MAX(time) AS time_to
    FROM signins
    WHERE stream IN ('interactive', 'non_interactive', 'service_principal', 'managed_identity')
    GROUP BY 'signins_' || stream
    UNION ALL
    SELECT 'unified_audit_log', COUNT(*), MIN(row_id), 'audit_events', MIN(time), MAX(time)
    FROM audit_events
    HAVING COUNT(*) > 0
),
types AS (
    SELECT SUM(CASE WHEN record_type = 2 THEN 1 ELSE 0 END) AS items, SUM(CASE WHEN record_type = 50 THEN 1 ELSE 0 END) AS aggregated FROM audit_events
),
unsaid AS (
    SELECT COUNT(*) AS records FROM signins WHERE stream IS NULL
),
whole AS (
    SELECT feed, COUNT(*) AS stretches, MIN(valid_from) AS time_from, MAX(valid_to) AS time_to, MIN(row_id) AS row_id FROM feed_stretches GROUP BY feed
),
stated AS (
    SELECT CASE WHEN LOWER(w.feed) IN ('unified_audit_log_part', 'unified_audit_log_users_unstated', 'ual', 'audit.exchange', 'mailitemsaccessed') THEN 'unified_audit_log'
                WHEN LOWER(w.feed) IN ('signins_interactive_part', 'signins_non_interactive_part', 'signins_service_principal_part', 'signins_managed_identity_part')
                THEN REPLACE(LOWER(w.feed), '_part', '')
                ELSE LOWER(w.feed) END AS feed, COUNT(*) AS windows
    FROM collection_windows AS w
    GROUP BY CASE WHEN LOWER(w.feed) IN ('unified_audit_log_part', 'unified_audit_log_users_unstated', 'ual', 'audit.exchange', 'mailitemsaccessed') THEN 'unified_audit_log'
                  WHEN LOWER(w.feed) IN ('signins_interactive_part', 'signins_non_interactive_part', 'signins_service_principal_part', 'signins_managed_identity_part')
                  THEN REPLACE(LOWER(w.feed), '_part', '')
                  ELSE LOWER(w.feed) END
),
lacking AS (
    SELECT f.feed, COUNT(*) AS windows, MIN(f.valid_from) AS time_from, MAX(f.valid_to) AS time_to, MIN(f.row_id) AS row_id
    FROM feed_windows AS f
    LEFT JOIN feed_stretches AS s ON s.feed = f.feed AND s.valid_from <= f.valid_from AND s.valid_to >= f.valid_to
    WHERE NOT f.is_proven AND s.feed IS NULL
    GROUP BY f.feed
),
stances AS (
    SELECT
        r.recommendation, r.log, r.how, h.records, h.row_id AS held_row, h.table_name AS held_table, w.stretches, w.row_id AS whole_row, k.windows AS lacking_windows,
        k.row_id AS lacking_row, t.items, t.aggregated, u.records AS unsaid, r.feed,
        COALESCE(k.time_from, w.time_from, h.time_from) AS time_from, COALESCE(k.time_to, w.time_to, h.time_to) AS time_to,
        CASE WHEN k.windows IS NOT NULL THEN 'log_incomplete'
             WHEN w.stretches IS NOT NULL THEN 'log_collected'
             WHEN h.records IS NULL AND d.windows IS NULL AND (r.feed = 'unified_audit_log' OR u.records = 0) THEN 'log_not_collected'
             WHEN h.records IS NULL AND r.feed <> 'unified_audit_log' AND u.records > 0 THEN 'log_unnamed'
             WHEN r.feed = 'unified_audit_log' AND t.aggregated > 0 AND t.items = 0 THEN 'record_type_missing'
             ELSE 'log_unproven' END AS code
    FROM recommendations AS r
    LEFT JOIN held AS h ON h.feed = r.feed
    LEFT JOIN whole AS w ON w.feed = r.feed
    LEFT JOIN stated AS d ON d.feed = r.feed
    LEFT JOIN lacking AS k ON k.feed = r.feed
    CROSS JOIN types AS t
    CROSS JOIN unsaid AS u
)
SELECT
    recommendation AS subject, 'Collected whole: ' || log AS title, time_from, time_to,
    CASE WHEN code IN ('log_collected', 'log_incomplete') THEN 'record' ELSE 'none' END AS basis,
    CASE WHEN code = 'log_incomplete' THEN 'medium' END AS severity, code,
    CASE WHEN code = 'log_collected' THEN 'for' WHEN code = 'log_incomplete' THEN 'against' ELSE 'open' END AS stance,
    CASE code
         WHEN 'log_collected'
         THEN 'Its collector states that it has ' || log || ' whole, from ' || CAST(CAST(time_from AS DATE) AS TEXT) || ' to ' || CAST(CAST(time_to AS DATE) AS TEXT)
              || ' (stretches without a gap: ' || CAST(stretches AS TEXT) || '), and the case holds as many records.'
         WHEN 'log_incomplete'
         THEN 'For ' || CAST(lacking_windows AS TEXT) || ' windows of time its collector states that it did not get all of ' || log || ', between '
              || CAST(CAST(time_from AS DATE) AS TEXT) || ' and ' || CAST(CAST(time_to AS DATE) AS TEXT) || '. To fix it: ' || how
         WHEN 'log_not_collected' THEN 'No record of ' || log || ' is in this case; whether it was collected elsewhere is not known.'
         WHEN 'log_unnamed' THEN 'No record here says that it is of ' || log || '; ' || CAST(unsaid AS TEXT) || ' sign-ins are of an export that does not say of which kind they are.'
         WHEN 'record_type_missing'
         THEN 'The unified audit log has ' || CAST(aggregated AS TEXT) || ' records of type 50 and none of type 2: the search probably asked for some types only, and syncs of folders are in the other (MW-E0018).'
         ELSE CASE WHEN records IS NULL THEN 'Its collector asked for ' || log || ', and the case holds no record of it; nothing proves that there were none.'
                   ELSE 'The case holds ' || CAST(records AS TEXT) || ' records of ' || log || '; nothing proves that they are all.' END END AS sentence,
    CASE WHEN code IN ('log_collected', 'log_incomplete') THEN NULL ELSE how || ' would decide it.' END AS would_decide,
    CASE code WHEN 'log_collected' THEN 'collection_windows' WHEN 'log_incomplete' THEN 'collection_windows' ELSE held_table END AS table_name,
    CASE code WHEN 'log_collected' THEN whole_row WHEN 'log_incomplete' THEN lacking_row ELSE held_row END AS row_id, 'collection' AS role
FROM stances
