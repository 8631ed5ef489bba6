/*
row: >
  one interval in which one thing that recording depends on is known, with the row that says so: proven or denied. What is
  known neither way has no row. Things: collected (a collector asked for the whole unified audit log of that time and got it, and the
  case holds as many records; denied where a collector says that it did not), audited_owner, audited_delegate, audited_admin (MailItemsAccessed is audited for that logon on that mailbox),
  auditing_on, ingestion_on (the tenant), not_bypassed (that user), licensed (that mailbox).
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/powershell/module/exchange/set-mailboxauditbypassassociation
*/
WITH stated AS (
    SELECT row_id, evidence_id, window_from, window_to, complete, COALESCE(received, expected) AS records
    FROM collection_windows
    WHERE LOWER(feed) IN ('unified_audit_log', 'ual', 'audit.exchange', 'mailitemsaccessed')
),
per_minute AS (
    SELECT DATE_TRUNC('minute', time) AS minute, COUNT(*) AS records
    FROM audit_events
    WHERE time IS NOT NULL AND EXISTS (SELECT 1 FROM stated WHERE complete AND records > 0)
    GROUP BY DATE_TRUNC('minute', time)
),
held AS (
    SELECT s.row_id, SUM(m.records) AS records
    FROM stated AS s
    JOIN per_minute AS m ON m.minute > s.window_from - INTERVAL '1' MINUTE AND m.minute <= s.window_to
    WHERE s.complete AND s.records > 0
    GROUP BY s.row_id
),
collected AS (
    SELECT s.row_id, s.window_from AS valid_from, s.window_to AS valid_to, TRUE AS is_proven
    FROM stated AS s
    LEFT JOIN held ON held.row_id = s.row_id
    WHERE s.complete AND (s.records IS NULL OR s.records <= 0 OR held.records >= s.records)
    UNION ALL
    SELECT s.row_id, s.window_from AS valid_from, s.window_to AS valid_to, FALSE AS is_proven
    FROM stated AS s
    LEFT JOIN stated AS again
      ON again.evidence_id = s.evidence_id AND again.complete AND again.window_from <= s.window_from AND again.window_to >= s.window_to
    WHERE s.complete IS FALSE AND s.window_from IS NOT NULL AND s.window_to IS NOT NULL AND again.row_id IS NULL
),
settings AS (
    SELECT
        m.row_id, m.valid_from, m.valid_to, m.audit_bypass, COALESCE(n.mailbox, LOWER(m.mailbox)) AS mailbox,
        LOWER(m.default_audit_set) AS managed_set, LOWER(m.audit_owner) AS owner_set, LOWER(m.audit_delegate) AS delegate_set,
        LOWER(m.audit_admin) AS admin_set,
        COALESCE(
            LOWER(m.recipient_type) LIKE '%group%' OR LOWER(m.recipient_type) LIKE '%room%'
            OR LOWER(m.recipient_type) LIKE '%equipment%' OR LOWER(m.recipient_type) LIKE '%publicfolder%', FALSE
        ) AS never_audited
    FROM mailbox_settings AS m
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(m.mailbox)
),
by_logon AS (
    SELECT row_id, mailbox, valid_from, valid_to, never_audited, 'audited_owner' AS thing,
           managed_set LIKE '%owner%' AS is_managed, owner_set LIKE '%mailitemsaccessed%' AS is_listed
    FROM settings
    UNION ALL
    SELECT row_id, mailbox, valid_from, valid_to, never_audited, 'audited_delegate' AS thing,
           managed_set LIKE '%delegate%' AS is_managed, delegate_set LIKE '%mailitemsaccessed%' AS is_listed
    FROM settings
    UNION ALL
    SELECT row_id, mailbox, valid_from, valid_to, never_audited, 'audited_admin' AS thing,
           managed_set LIKE '%admin%' AS is_managed, admin_set LIKE '%mailitemsaccessed%' AS is_listed
    FROM settings
)
SELECT thing, mailbox AS about, valid_from, valid_to, NOT never_audited AND (is_managed IS TRUE OR is_listed IS TRUE) AS is_proven,
       'mailbox_settings' AS table_name, row_id
FROM by_logon
WHERE never_audited OR is_managed IS TRUE OR is_listed IS TRUE OR (is_managed IS FALSE AND is_listed IS FALSE)
UNION ALL
SELECT 'not_bypassed' AS thing, mailbox AS about, valid_from, valid_to, NOT audit_bypass AS is_proven,
       'mailbox_settings' AS table_name, row_id
FROM settings
WHERE audit_bypass IS NOT NULL
UNION ALL
SELECT CASE setting WHEN 'audit_disabled' THEN 'auditing_on' ELSE 'ingestion_on' END AS thing, '' AS about, valid_from, valid_to,
       REPLACE(LOWER(value), '"', '') = CASE setting WHEN 'audit_disabled' THEN 'false' ELSE 'true' END AS is_proven,
       'tenant_settings' AS table_name, row_id
FROM tenant_settings
WHERE setting IN ('audit_disabled', 'unified_audit_log_ingestion_enabled')
  AND REPLACE(LOWER(value), '"', '') IN ('true', 'false')
UNION ALL
SELECT 'collected' AS thing, '' AS about, valid_from, valid_to, is_proven, 'collection_windows' AS table_name, row_id
FROM collected
UNION ALL
SELECT 'licensed' AS thing, COALESCE(n.mailbox, LOWER(l.user_principal_name)) AS about, l.valid_from, l.valid_to,
       TRUE AS is_proven, 'licences' AS table_name, l.row_id
FROM licences AS l
LEFT JOIN mailbox_names AS n ON n.name = LOWER(l.user_principal_name)
WHERE LOWER(l.service_plan_id) IN ('2f442157-a11c-46b9-ae5b-6e39ff4e5849', 'f6de4823-28fa-440b-b886-4783fa86ddba')
