/*
row: >
  one setting of one mailbox or account and when it was last seen; is_inherited: it was then seen as null, which for SMTP AUTH is the tenant's value
kept: true
*/
WITH named AS (
    SELECT COALESCE(n.mailbox, LOWER(o.subject)) AS mailbox, o.setting, o.time, o.value, o.row_id
    FROM setting_observations AS o
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(o.subject)
    WHERE o.subject_kind IS DISTINCT FROM 'tenant' AND o.time IS NOT NULL
      AND o.setting IN ('default_audit_set', 'audit_owner', 'audit_delegate', 'audit_admin', 'audit_bypass_enabled', 'imap_enabled', 'pop_enabled',
                        'smtp_client_authentication_disabled', 'forwarding_smtp_address')
),
last_time AS (
    SELECT mailbox, setting, MAX(time) AS seen_on FROM named GROUP BY mailbox, setting
)
SELECT
    l.mailbox, l.setting, l.seen_on, MIN(n.row_id) AS row_id, BOOL_AND(n.value = 'null') AS is_inherited,
    CASE WHEN MIN(n.value) = MAX(n.value) THEN MIN(LOWER(n.value)) END AS value
FROM last_time AS l
JOIN named AS n ON n.mailbox = l.mailbox AND n.setting = l.setting AND n.time = l.seen_on
GROUP BY l.mailbox, l.setting, l.seen_on
