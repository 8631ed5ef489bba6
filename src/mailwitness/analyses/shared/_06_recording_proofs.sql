/*
row: >
  one interval in which one thing that recording depends on is known, with the row that says so: proven or denied. What is
  known neither way has no row. Things: collected (a collector asked for the whole unified audit log of that time and got it, and the
  case holds as many records; a log that does not say that all users were asked for proves nothing; denied where a collector says that it did not), audited_owner, audited_delegate, audited_admin (MailItemsAccessed is audited for that logon on that mailbox),
  auditing_on, ingestion_on (the tenant), not_bypassed (that user), licensed (that mailbox), licence_settled (denied for a
  day after each change of that mailbox's licence, else proven). A setting is proven where
  `setting_spans` says so: no further than the log that would show a change is in the case without a gap.
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/powershell/module/exchange/set-mailboxauditbypassassociation
*/
WITH licence_changes AS (
    SELECT COALESCE(n.mailbox, LOWER(o.user_principal_name)) AS mailbox, o.time, 'licence_observations' AS table_name, o.row_id
    FROM licence_observations AS o
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(o.user_principal_name)
    WHERE o.how = 'change' AND o.time IS NOT NULL AND o.user_principal_name IS NOT NULL
    UNION ALL
    SELECT COALESCE(n.mailbox, LOWER(a.object_id)) AS mailbox, a.time, 'audit_events' AS table_name, a.row_id
    FROM audit_events AS a
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(a.object_id)
    WHERE a.record_type = 8 AND LOWER(a.operation) LIKE '%license%' AND a.object_id IS NOT NULL AND a.time IS NOT NULL
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
    SELECT row_id, mailbox, valid_from, valid_to, never_audited, 'audited_owner' AS thing, 'audit_owner' AS own_list,
           managed_set LIKE '%owner%' AS is_managed, owner_set LIKE '%mailitemsaccessed%' AS is_listed
    FROM settings
    UNION ALL
    SELECT row_id, mailbox, valid_from, valid_to, never_audited, 'audited_delegate' AS thing, 'audit_delegate' AS own_list,
           managed_set LIKE '%delegate%' AS is_managed, delegate_set LIKE '%mailitemsaccessed%' AS is_listed
    FROM settings
    UNION ALL
    SELECT row_id, mailbox, valid_from, valid_to, never_audited, 'audited_admin' AS thing, 'audit_admin' AS own_list,
           managed_set LIKE '%admin%' AS is_managed, admin_set LIKE '%mailitemsaccessed%' AS is_listed
    FROM settings
),
said AS (
    SELECT
        thing, mailbox AS about, valid_from, valid_to, NOT never_audited AS is_proven, 'mailbox_settings' AS table_name, row_id,
        CASE WHEN is_listed IS TRUE THEN own_list ELSE 'default_audit_set' END AS setting
    FROM by_logon
    WHERE never_audited OR is_listed IS TRUE OR (is_managed IS TRUE AND is_listed IS NOT FALSE)
    UNION ALL
    SELECT thing, mailbox, valid_from, valid_to, FALSE, 'mailbox_settings', row_id, own_list
    FROM by_logon
    WHERE NOT never_audited AND is_managed IS FALSE AND is_listed IS FALSE
    UNION ALL
    SELECT 'not_bypassed', mailbox, valid_from, valid_to, NOT audit_bypass, 'mailbox_settings', row_id, 'audit_bypass_enabled'
    FROM settings
    WHERE audit_bypass IS NOT NULL
    UNION ALL
    SELECT
        CASE setting WHEN 'audit_disabled' THEN 'auditing_on' ELSE 'ingestion_on' END, '', valid_from, valid_to,
        REPLACE(LOWER(value), '"', '') = CASE setting WHEN 'audit_disabled' THEN 'false' ELSE 'true' END,
        'tenant_settings', row_id, setting
    FROM tenant_settings
    WHERE setting IN ('audit_disabled', 'unified_audit_log_ingestion_enabled')
      AND REPLACE(LOWER(value), '"', '') IN ('true', 'false')
)
SELECT s.thing, s.about, GREATEST(s.valid_from, p.seen_from) AS valid_from, LEAST(s.valid_to, p.seen_to) AS valid_to, TRUE AS is_proven,
       s.table_name, s.row_id
FROM said AS s
JOIN setting_spans AS p
  ON p.about = s.about AND p.setting = s.setting AND NOT p.is_back AND p.seen_from < s.valid_to AND p.seen_to > s.valid_from
WHERE s.is_proven
UNION ALL
SELECT s.thing, s.about, CASE WHEN p.anchor = s.valid_from THEN p.seen_from ELSE GREATEST(s.valid_from, p.seen_from) END AS valid_from,
       p.seen_to AS valid_to, TRUE AS is_proven, s.table_name, s.row_id
FROM said AS s
JOIN setting_spans AS p
  ON p.about = s.about AND p.setting = s.setting AND p.is_back AND p.anchor >= s.valid_from AND p.anchor < s.valid_to AND p.seen_from < p.seen_to
WHERE s.is_proven
UNION ALL
SELECT thing, about, valid_from, valid_to, FALSE AS is_proven, table_name, row_id
FROM said
WHERE NOT is_proven
UNION ALL
SELECT 'collected' AS thing, '' AS about, valid_from, valid_to, is_proven, 'collection_windows' AS table_name, row_id
FROM feed_windows
WHERE feed = 'unified_audit_log'
UNION ALL
SELECT 'licensed' AS thing, COALESCE(n.mailbox, LOWER(l.user_principal_name)) AS about, l.valid_from, l.valid_to,
       TRUE AS is_proven, 'licences' AS table_name, l.row_id
FROM licences AS l
LEFT JOIN mailbox_names AS n ON n.name = LOWER(l.user_principal_name)
WHERE LOWER(l.service_plan_id) IN ('2f442157-a11c-46b9-ae5b-6e39ff4e5849', 'f6de4823-28fa-440b-b886-4783fa86ddba')
UNION ALL
SELECT 'licence_settled' AS thing, mailbox AS about, time AS valid_from, time + INTERVAL '24' HOUR AS valid_to, FALSE AS is_proven, table_name, row_id
FROM licence_changes
UNION ALL
SELECT
    'licence_settled' AS thing, mailbox AS about, TIMESTAMP '1900-01-01 00:00:00' AS valid_from, TIMESTAMP '9999-12-31 00:00:00' AS valid_to,
    TRUE AS is_proven, MIN(table_name) AS table_name, MIN(row_id) AS row_id
FROM licence_changes
GROUP BY mailbox
