/*
claim: every record of this log in this interval is in this case
pillar: coverage
subject: feed
question: >
  Is all of a log in this case that the service had of this time: the unified audit log, the sign-ins of each kind, directory audits, Graph activity?
  For: a collector states that it asked for the whole log, for all users, and got all, and as much is here. Against: it states that it did not; or
  fewer records are here than it counted. Gaps between windows, and logs of which nobody states anything, stay open.
nulls: >
  a window without an end, and a log without a statement, prove nothing; an empty log is not an empty tenant.
title: Collection of a log
by_time: true
needs:
  collection_windows: The log of the collector, or a statement of who collected which log of which time, would decide it.
sources:
  - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog
  - https://learn.microsoft.com/graph/api/signin-list
  - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference
*/
WITH said AS (
    SELECT t.feed, t.valid_from, t.valid_to, s.what, s.row_id
    FROM feed_slots AS t
    JOIN feed_spans AS s ON s.feed = t.feed AND s.valid_from <= t.valid_from AND s.valid_to > t.valid_from
),
judged AS (
    SELECT
        t.feed, t.valid_from, t.valid_to, t.is_here, t.has_records,
        MAX(CASE WHEN s.what = 'proven' THEN 1 ELSE 0 END) = 1 AS is_proven,
        MAX(CASE WHEN s.what IN ('denied', 'records_missing') THEN 1 ELSE 0 END) = 1 AS is_denied,
        MAX(CASE WHEN s.what = 'known_outage' THEN 1 ELSE 0 END) = 1 AS is_doubted,
        MAX(CASE WHEN s.what IN ('counts_differ', 'users_unstated', 'completeness_unstated', 'several_tenants') THEN 1 ELSE 0 END) = 1 AS is_spoken_of
    FROM feed_slots AS t
    LEFT JOIN said AS s ON s.feed = t.feed AND s.valid_from = t.valid_from
    GROUP BY t.feed, t.valid_from, t.valid_to, t.is_here, t.has_records
),
reasons AS (
    SELECT
        feed, valid_from, valid_to, 'collected_whole' AS code, 'for' AS stance,
        'A collector states that it asked for all of this log and got it, and as many records are here.' AS sentence, row_id
    FROM said
    WHERE what = 'proven'
    UNION ALL
    SELECT
        s.feed, s.valid_from, s.valid_to, CASE s.what WHEN 'denied' THEN 'collection_incomplete' ELSE s.what END AS code, 'against' AS stance,
        CASE s.what WHEN 'denied' THEN 'Its collector states that it did not get all of this time.'
             ELSE 'Its collector counted more records of this time than are here, copies included.' END AS sentence, s.row_id
    FROM said AS s
    WHERE s.what IN ('denied', 'records_missing')
    UNION ALL
    SELECT
        s.feed, s.valid_from, s.valid_to, s.what AS code, 'open' AS stance,
        CASE s.what
            WHEN 'counts_differ' THEN 'Its collector counted more records of this time than are here, which may be copies of one record.'
            WHEN 'users_unstated' THEN 'Its collector states that it got all that it asked for, but nobody states that it asked for all users.'
            WHEN 'several_tenants' THEN 'A collector states that it got all of this log; the case holds logs of more than one tenant, and it does not say of which.'
            WHEN 'completeness_unstated' THEN 'A collector names this window and does not say whether it got all of it.'
            ELSE 'Microsoft lost a part of the logs that went through Azure Monitor in this time (MW-E0013).' END AS sentence, s.row_id
    FROM said AS s
    JOIN judged AS j ON j.feed = s.feed AND j.valid_from = s.valid_from
    WHERE NOT j.is_denied
      AND (s.what = 'known_outage' OR (NOT j.is_proven AND s.what IN ('counts_differ', 'users_unstated', 'completeness_unstated', 'several_tenants')))
    UNION ALL
    SELECT
        feed, valid_from, valid_to, CASE WHEN NOT is_here THEN 'log_absent' WHEN has_records THEN 'collection_unstated' ELSE 'window_gap' END AS code,
        'open' AS stance,
        CASE WHEN NOT is_here THEN 'This log is not in this case.'
             WHEN has_records THEN 'Records of this log are here, and nobody states that this time was collected whole.'
             ELSE 'Nobody states anything of this time.' END AS sentence, NULL AS row_id
    FROM judged
    WHERE NOT is_proven AND NOT is_denied AND NOT is_spoken_of AND NOT is_doubted
)
SELECT
    'feed' AS subject_kind, r.feed AS subject, r.valid_from AS time_from, r.valid_to AS time_to,
    CASE WHEN j.is_proven OR j.is_denied THEN 'record' ELSE 'none' END AS basis,
    CASE WHEN j.is_proven AND NOT j.is_denied AND NOT j.is_doubted THEN 'recorded' WHEN j.is_denied AND NOT j.is_proven THEN 'degraded' ELSE 'unknown' END AS state,
    CASE WHEN j.is_proven AND NOT j.is_denied AND NOT j.is_doubted THEN 'The log is whole'
         WHEN j.is_denied AND NOT j.is_proven THEN 'The log is not whole'
         WHEN NOT j.is_here THEN 'The log is not here' ELSE 'Whether the log is whole is not known' END AS title,
    r.code, r.stance, r.sentence,
    CASE WHEN r.stance = 'open' THEN
        CASE WHEN r.code = 'several_tenants' THEN 'A case for each tenant, with its own logs and statements, would decide it.'
             WHEN r.feed = 'unified_audit_log' AND r.code = 'users_unstated' THEN 'Adding the collector''s own log with --collected-for all-users, by someone who can answer for it, would decide it.'
             WHEN r.feed = 'unified_audit_log' THEN 'A collection of the unified audit log of this time, for all users and operations, whose collector states what it asked for and got, would decide it.'
             WHEN r.feed = 'directory_audits' THEN 'The directory audits of this time (Graph auditLogs/directoryAudits), with a statement that they are whole, would decide it.'
             WHEN r.feed = 'graph_activity' THEN 'MicrosoftGraphActivityLogs of this time, with a statement that they are whole, would decide it.'
             ELSE 'The sign-ins of this kind and time (Graph auditLogs/signIns with signInEventTypes; kept 30 days), with a statement that they are whole, would decide it.' END
        END AS would_decide,
    CASE WHEN r.row_id IS NOT NULL THEN 'collection_windows' END AS table_name, r.row_id, CASE WHEN r.row_id IS NOT NULL THEN 'statement' END AS role
FROM reasons AS r
JOIN judged AS j ON j.feed = r.feed AND j.valid_from = r.valid_from
