/*
row: >
  one mailbox that the case knows of, with its settings as they were last seen. A mailbox that is known by its mail accesses alone has no
  settings. is_stray: the settings are of a name that no evidence ties to an address, so they may be any mailbox's. is_never_audited: of a kind whose
  mail accesses are not recorded whatever is set (group, room, equipment and public folder mailboxes).
nulls: a setting that nobody saw, or that was seen in two ways at one moment, is null.
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
*/
WITH current_settings AS (
    SELECT
        COALESCE(n.mailbox, LOWER(m.mailbox)) AS mailbox, m.row_id, m.imap_enabled, m.pop_enabled, m.smtp_client_authentication_disabled,
        LOWER(m.default_audit_set) AS managed_set, LOWER(m.audit_owner) AS owner_set, LOWER(m.audit_delegate) AS delegate_set,
        LOWER(m.audit_admin) AS admin_set, m.audit_bypass, LOWER(m.recipient_type) AS recipient_type
    FROM mailbox_settings AS m
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(m.mailbox)
    WHERE m.valid_to >= TIMESTAMP '9999-12-31 00:00:00'
      AND ($mailbox IS NULL OR LOWER(m.mailbox) IN (SELECT name FROM asked_names WHERE part = 'mailbox'))
),
accessed AS (
    SELECT COALESCE(n.mailbox, a.name) AS mailbox, MIN(a.row_id) AS row_id
    FROM (
        SELECT LOWER(mailbox) AS name, MIN(row_id) AS row_id FROM mail_accesses WHERE mailbox IS NOT NULL GROUP BY LOWER(mailbox)
    ) AS a
    LEFT JOIN mailbox_names AS n ON n.name = a.name
    WHERE $mailbox IS NULL OR a.name IN (SELECT name FROM asked_names WHERE part = 'mailbox')
    GROUP BY COALESCE(n.mailbox, a.name)
)
SELECT
    COALESCE(s.mailbox, a.mailbox) AS mailbox, COALESCE(s.row_id, a.row_id) AS row_id,
    CASE WHEN s.row_id IS NULL THEN 'mail_accesses' ELSE 'mailbox_settings' END AS table_name,
    s.row_id IS NOT NULL AND a.row_id IS NULL AND s.mailbox NOT LIKE '%@%' AS is_stray,
    COALESCE(s.recipient_type LIKE '%group%' OR s.recipient_type LIKE '%room%' OR s.recipient_type LIKE '%equipment%'
             OR s.recipient_type LIKE '%publicfolder%', FALSE) AS is_never_audited,
    COALESCE(s.recipient_type LIKE '%shared%', FALSE) AS is_shared,
    s.imap_enabled, s.pop_enabled, s.smtp_client_authentication_disabled, s.managed_set, s.owner_set, s.delegate_set, s.admin_set, s.audit_bypass
FROM current_settings AS s
FULL JOIN accessed AS a ON a.mailbox = s.mailbox
