/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Are twelve months of logs at hand? The advisory refers to the US memorandum M-21-31, twelve months at hand and eighteen more in store. Met is what this case shows: the
  log is in it whole for twelve months back from its newest record, with records in the first of them. The service itself keeps the unified audit log 180 days, or a year of Exchange, SharePoint
  and Entra records for users with Audit (Premium), and sign-ins 30 days at most, so more than that was copied in time.
nulls: what is kept elsewhere than in this case is not known, so a shorter log leaves the recommendation open.
title: Twelve months of logs are at hand
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
  - https://www.cisa.gov/resources-tools/resources/microsoft-expanded-cloud-logs-implementation-playbook
  - https://www.whitehouse.gov/wp-content/uploads/2021/08/M-21-31-Improving-the-Federal-Governments-Investigative-and-Remediation-Capabilities-Related-to-Cybersecurity-Incidents.pdf
  - https://learn.microsoft.com/purview/audit-log-retention-policies
  - https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention
*/
WITH recommendations AS (
    SELECT
        'cisa-retention-unified-audit-log' AS recommendation, 'unified_audit_log' AS feed, 'unified audit log' AS log,
        'The service keeps it 180 days, or a year for users with Audit (Premium) (MW-E0036).' AS kept,
        'Get-UnifiedAuditLogRetentionPolicy, the users'' service plans, and whoever keeps copies of the log, would decide it.' AS would_decide
    UNION ALL
    SELECT
        'cisa-retention-signins', 'signins_interactive', 'sign-in log', 'The service keeps it 30 days at most (MW-E0038).',
        'The diagnostic settings of Entra ID (Get-AzDiagnosticSetting for microsoft.aadiam) and the age of what they wrote would decide it.'
),
oldest AS (
    SELECT 'unified_audit_log' AS feed, MIN(time) AS time, 'audit_events' AS table_name FROM audit_events
    UNION ALL
    SELECT 'signins_interactive', MIN(time), 'signins' FROM signins WHERE stream IN ('interactive', 'non_interactive')
),
oldest_rows AS (
    SELECT o.feed, o.time, o.table_name, MIN(e.row_id) AS row_id
    FROM oldest AS o
    JOIN audit_events AS e ON e.time = o.time
    WHERE o.feed = 'unified_audit_log'
    GROUP BY o.feed, o.time, o.table_name
    UNION ALL
    SELECT o.feed, o.time, o.table_name, MIN(s.row_id) AS row_id
    FROM oldest AS o
    JOIN signins AS s ON s.time = o.time AND s.stream IN ('interactive', 'non_interactive')
    WHERE o.feed = 'signins_interactive'
    GROUP BY o.feed, o.time, o.table_name
),
spanning AS (
    SELECT f.feed, MIN(f.row_id) AS row_id
    FROM feed_stretches AS f
    CROSS JOIN latest_evidence AS l
    WHERE f.valid_from <= l.moment - INTERVAL '8760' HOUR AND f.valid_to >= l.moment - INTERVAL '48' HOUR
    GROUP BY f.feed
),
whole_year AS (
    SELECT 'unified_audit_log' AS feed, row_id FROM spanning WHERE feed = 'unified_audit_log'
    UNION ALL
    SELECT i.feed, i.row_id FROM spanning AS i JOIN spanning AS n ON n.feed = 'signins_non_interactive' WHERE i.feed = 'signins_interactive'
),
premium AS (
    SELECT
        SUM(CASE WHEN p.mailbox IS NULL THEN 1 ELSE 0 END) AS without, COUNT(*) AS users
    FROM mailbox_checks AS c
    LEFT JOIN (
        SELECT DISTINCT COALESCE(n.mailbox, LOWER(x.user_principal_name)) AS mailbox
        FROM licences AS x
        LEFT JOIN mailbox_names AS n ON n.name = LOWER(x.user_principal_name)
        CROSS JOIN latest_evidence AS l
        WHERE x.valid_to >= TIMESTAMP '9999-12-31 00:00:00' AND LOWER(x.service_plan_id) = '2f442157-a11c-46b9-ae5b-6e39ff4e5849'
    ) AS p ON p.mailbox = c.mailbox
    WHERE c.recommendation = 'cisa-audit-plan'
),
policy_acts AS (
    SELECT
        row_id, time, operation, parameters, object_id,
        ROW_NUMBER() OVER (PARTITION BY COALESCE(LOWER(object_id), row_id) ORDER BY time DESC, row_id) AS number
    FROM audit_events
    WHERE operation = 'Remove-UnifiedAuditLogRetentionPolicy'
       OR (operation IN ('New-UnifiedAuditLogRetentionPolicy', 'Set-UnifiedAuditLogRetentionPolicy') AND LOWER(parameters) LIKE '%retentionduration%')
),
short_policies AS (
    SELECT MIN(row_id) AS row_id, COUNT(*) AS policies, MAX(time) AS time
    FROM policy_acts
    WHERE number = 1 AND operation <> 'Remove-UnifiedAuditLogRetentionPolicy' AND object_id IS NOT NULL
      AND (parameters LIKE '%SevenDays%' OR parameters LIKE '%OneMonth%' OR parameters LIKE '%ThreeMonths%' OR parameters LIKE '%SixMonths%' OR parameters LIKE '%NineMonths%')
    HAVING COUNT(*) > 0
),
stances AS (
    SELECT
        r.recommendation, r.log, r.kept, r.would_decide, o.time AS oldest, o.table_name, o.row_id AS oldest_row, l.moment, w.row_id AS whole_row, p.policies,
        p.row_id AS policy_row, p.time AS policy_time, m.without, m.users,
        CASE WHEN p.policies IS NOT NULL THEN 'retention_policy_short'
             WHEN o.time IS NULL THEN 'no_record'
             WHEN w.row_id IS NULL THEN 'log_shorter'
             WHEN o.time > l.moment - INTERVAL '8040' HOUR THEN 'nothing_so_old'
             WHEN r.feed = 'unified_audit_log' AND (m.users = 0 OR m.without > 0) THEN 'kept_by_licence'
             ELSE 'log_reaches_back' END AS code
    FROM recommendations AS r
    LEFT JOIN oldest_rows AS o ON o.feed = r.feed
    LEFT JOIN whole_year AS w ON w.feed = r.feed
    LEFT JOIN short_policies AS p ON r.feed = 'unified_audit_log'
    CROSS JOIN premium AS m
    CROSS JOIN latest_evidence AS l
)
SELECT
    recommendation AS subject, 'Twelve months of the ' || log || ' are at hand' AS title, COALESCE(policy_time, oldest) AS time_from, moment AS time_to,
    CASE code WHEN 'log_reaches_back' THEN 'record' WHEN 'retention_policy_short' THEN 'record' ELSE 'none' END AS basis,
    CASE code WHEN 'retention_policy_short' THEN 'medium' END AS severity, code,
    CASE code WHEN 'log_reaches_back' THEN 'for' WHEN 'retention_policy_short' THEN 'against' ELSE 'open' END AS stance,
    CASE code
         WHEN 'log_reaches_back' THEN 'The ' || log || ' is in this case whole for the twelve months before ' || CAST(CAST(moment AS DATE) AS TEXT) || '; its oldest record is of '
                                      || CAST(CAST(oldest AS DATE) AS TEXT) || '.'
         WHEN 'retention_policy_short'
         THEN CAST(policies AS TEXT) || ' retention policies of the audit log were last set to less than twelve months, the latest on ' || CAST(CAST(policy_time AS DATE) AS TEXT)
              || '. To fix it: Set-UnifiedAuditLogRetentionPolicy -Identity <policy> -RetentionDuration TwelveMonths, after finding out who shortened it'
         WHEN 'no_record' THEN 'No record of the ' || log || ' is in this case. ' || kept
         WHEN 'log_shorter' THEN 'The oldest record of the ' || log || ' in this case is of ' || CAST(CAST(oldest AS DATE) AS TEXT)
                                 || '; it is not in the case whole for the twelve months before ' || CAST(CAST(moment AS DATE) AS TEXT) || '. ' || kept || ' What is kept elsewhere is not known.'
         WHEN 'nothing_so_old' THEN 'The ' || log || ' was collected for twelve months, and its oldest record is of ' || CAST(CAST(oldest AS DATE) AS TEXT)
                                    || ': older ones had expired, or the tenant is younger. ' || kept
         ELSE 'The ' || log || ' is in this case for twelve months, but ' || CAST(without AS TEXT) || ' of ' || CAST(users AS TEXT)
              || ' users are not shown to have Audit (Premium), so that their older records may have expired before they were collected. ' || kept END AS sentence,
    CASE WHEN code IN ('log_reaches_back', 'retention_policy_short') THEN NULL ELSE would_decide END AS would_decide,
    CASE code WHEN 'log_reaches_back' THEN 'collection_windows' WHEN 'retention_policy_short' THEN 'audit_events' ELSE table_name END AS table_name,
    CASE code WHEN 'log_reaches_back' THEN whole_row WHEN 'retention_policy_short' THEN policy_row ELSE oldest_row END AS row_id, 'retention' AS role
FROM stances
