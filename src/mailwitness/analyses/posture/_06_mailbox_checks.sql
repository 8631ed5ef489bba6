/*
row: >
  one recommendation that is about every mailbox, and one mailbox it is about: is_met, by the settings and licences last seen. detail says
  more of a protocol: off, used, unused, use_unknown. A setting of a name that may be any mailbox's counts only where it fails, and then as unknown; but an exempt
  account is one whatever its name, unless a later list of accounts may show it under another. Accounts of shared, room and group mailboxes, which nobody signs in
  to, count for exemption only where they were seen.
nulls: is_met is null where the case does not say.
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
  - https://learn.microsoft.com/purview/audit-get-started
*/
WITH listed AS (
    SELECT
        mailbox, row_id, table_name, is_stray, managed_set LIKE '%"owner"%' AS owner_managed, managed_set LIKE '%"delegate"%' AS delegate_managed,
        managed_set LIKE '%"admin"%' AS admin_managed, owner_set LIKE '%"mailitemsaccessed"%' AS owner_access,
        delegate_set LIKE '%"mailitemsaccessed"%' AS delegate_access, admin_set LIKE '%"mailitemsaccessed"%' AS admin_access,
        owner_set LIKE '%"send"%' AS owner_send, owner_set LIKE '%"searchqueryinitiated"%' AS owner_search
    FROM current_mailboxes
    WHERE NOT is_never_audited
),
by_logon AS (
    SELECT mailbox, row_id, table_name, is_stray, 'audit_owner' AS own_list, owner_managed AS is_managed, owner_access AS is_listed FROM listed
    UNION ALL
    SELECT mailbox, row_id, table_name, is_stray, 'audit_delegate', delegate_managed, delegate_access FROM listed
    UNION ALL
    SELECT mailbox, row_id, table_name, is_stray, 'audit_admin', admin_managed, admin_access FROM listed
),
audited AS (
    SELECT mailbox, row_id, table_name, is_stray, own_list,
           CASE WHEN is_listed OR (is_managed AND is_listed IS NOT FALSE) THEN TRUE
                WHEN is_managed IS FALSE AND is_listed IS FALSE THEN FALSE END AS is_audited
    FROM by_logon
),
plans AS (
    SELECT COALESCE(n.mailbox, LOWER(l.user_principal_name)) AS mailbox, MIN(l.row_id) AS row_id
    FROM licences AS l
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(l.user_principal_name)
    WHERE l.valid_to >= TIMESTAMP '9999-12-31 00:00:00'
      AND LOWER(l.service_plan_id) IN ('2f442157-a11c-46b9-ae5b-6e39ff4e5849', 'f6de4823-28fa-440b-b886-4783fa86ddba')
    GROUP BY COALESCE(n.mailbox, LOWER(l.user_principal_name))
),
plan_sights AS (
    SELECT COALESCE(n.mailbox, LOWER(o.user_principal_name)) AS mailbox, MAX(o.time) AS seen_on, MIN(o.row_id) AS row_id
    FROM licence_observations AS o
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(o.user_principal_name)
    WHERE o.time IS NOT NULL AND o.how = 'snapshot' AND o.service_plan_id IS NOT NULL
    GROUP BY COALESCE(n.mailbox, LOWER(o.user_principal_name))
),
bypass_lists AS (
    SELECT MAX(time) AS listed_on FROM setting_observations WHERE setting = 'audit_bypass_enabled' AND how = 'snapshot'
),
tenant_smtp AS (
    SELECT value = 'true' AS is_off FROM tenant_switches WHERE setting = 'smtp_client_authentication_disabled' AND value IN ('true', 'false')
),
whole_signins AS (
    SELECT COUNT(DISTINCT f.feed) AS feeds
    FROM feed_stretches AS f
    CROSS JOIN latest_evidence AS l
    WHERE f.feed IN ('signins_interactive', 'signins_non_interactive')
      AND f.valid_from <= l.moment - INTERVAL '720' HOUR AND f.valid_to >= l.moment - INTERVAL '48' HOUR
),
switched AS (
    SELECT mailbox, row_id, table_name, is_stray, is_shared, 'imap_enabled' AS switch, imap_enabled AS is_on FROM current_mailboxes
    UNION ALL
    SELECT mailbox, row_id, table_name, is_stray, is_shared, 'pop_enabled', pop_enabled FROM current_mailboxes
    UNION ALL
    SELECT m.mailbox, m.row_id, m.table_name, m.is_stray, m.is_shared, 'smtp_client_authentication_disabled',
           CASE WHEN m.smtp_client_authentication_disabled IS NOT NULL THEN NOT m.smtp_client_authentication_disabled
                WHEN s.is_inherited THEN NOT t.is_off END
    FROM current_mailboxes AS m
    LEFT JOIN mailbox_sights AS s ON s.mailbox = m.mailbox AND s.setting = 'smtp_client_authentication_disabled'
    LEFT JOIN tenant_smtp AS t ON s.is_inherited
),
used AS (
    SELECT
        s.mailbox, s.row_id, s.table_name, s.is_stray, s.switch,
        CASE WHEN s.is_on IS FALSE THEN 'off' WHEN s.is_on IS NULL THEN NULL WHEN u.mailbox IS NOT NULL THEN 'used'
             WHEN w.feeds = 2 AND NOT s.is_shared THEN 'unused' ELSE 'use_unknown' END AS detail
    FROM switched AS s
    LEFT JOIN protocol_uses AS u ON u.mailbox = s.mailbox AND u.switch = s.switch
    CROSS JOIN whole_signins AS w
),
judged AS (
    SELECT 'cisa-logs-mailitemsaccessed' AS recommendation, a.mailbox, MIN(a.table_name) AS table_name, MIN(a.row_id) AS row_id,
           BOOL_OR(a.is_stray) AS is_stray, CAST(NULL AS TEXT) AS detail, MAX(s.seen_on) AS seen_on,
           CASE WHEN BOOL_OR(a.is_audited IS FALSE) THEN FALSE WHEN BOOL_OR(a.is_audited IS NULL) THEN NULL ELSE TRUE END AS is_met
    FROM audited AS a
    LEFT JOIN mailbox_sights AS s ON s.mailbox = a.mailbox AND s.setting IN ('default_audit_set', a.own_list)
    GROUP BY a.mailbox
    UNION ALL
    SELECT 'cisa-logs-send', l.mailbox, l.table_name, l.row_id, l.is_stray, NULL, s.seen_on,
           CASE WHEN l.owner_send OR (l.owner_managed AND l.owner_send IS NOT FALSE) THEN TRUE
                WHEN l.owner_managed IS FALSE AND l.owner_send IS FALSE THEN FALSE END
    FROM listed AS l
    LEFT JOIN mailbox_sights AS s ON s.mailbox = l.mailbox AND s.setting = 'default_audit_set'
    UNION ALL
    SELECT 'cisa-logs-search', l.mailbox, l.table_name, l.row_id, l.is_stray, NULL, s.seen_on, l.owner_search
    FROM listed AS l
    LEFT JOIN mailbox_sights AS s ON s.mailbox = l.mailbox AND s.setting = 'audit_owner'
    UNION ALL
    SELECT 'cisa-no-audit-bypass', m.mailbox, m.table_name, m.row_id, m.is_stray AND COALESCE(s.seen_on < b.listed_on, FALSE), NULL, s.seen_on, NOT m.audit_bypass
    FROM current_mailboxes AS m
    CROSS JOIN bypass_lists AS b
    LEFT JOIN mailbox_sights AS s ON s.mailbox = m.mailbox AND s.setting = 'audit_bypass_enabled'
    WHERE m.audit_bypass IS NOT NULL OR NOT (m.is_stray OR m.is_shared OR m.is_never_audited)
    UNION ALL
    SELECT
        'cisa-audit-plan', m.mailbox, CASE WHEN p.row_id IS NOT NULL THEN 'licences' WHEN s.row_id IS NOT NULL THEN 'licence_observations' ELSE m.table_name END,
        COALESCE(p.row_id, s.row_id, m.row_id), m.is_stray, NULL, s.seen_on,
        CASE WHEN p.row_id IS NOT NULL THEN TRUE WHEN s.row_id IS NOT NULL THEN FALSE END
    FROM current_mailboxes AS m
    LEFT JOIN plans AS p ON p.mailbox = m.mailbox
    LEFT JOIN plan_sights AS s ON s.mailbox = m.mailbox
    WHERE NOT m.is_shared AND NOT m.is_never_audited
    UNION ALL
    SELECT
        CASE u.switch WHEN 'imap_enabled' THEN 'cisa-imap-off-where-unused' WHEN 'pop_enabled' THEN 'cisa-pop-off-where-unused'
                      ELSE 'cisa-smtp-auth-off-where-unused' END,
        u.mailbox, u.table_name, u.row_id, u.is_stray, u.detail, s.seen_on,
        CASE WHEN u.detail IN ('off', 'used') THEN TRUE WHEN u.detail = 'unused' THEN FALSE END
    FROM used AS u
    LEFT JOIN mailbox_sights AS s ON s.mailbox = u.mailbox AND s.setting = u.switch
)
SELECT
    recommendation, mailbox, table_name, row_id, detail, seen_on, CASE WHEN NOT is_stray THEN is_met END AS is_met
FROM judged
WHERE NOT is_stray OR is_met IS FALSE OR detail = 'use_unknown'
