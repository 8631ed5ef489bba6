/*
row: >
  one inbox rule or mailbox that forwards mail, as it was last seen, and where to: public (a domain of a public mail provider, which is no tenant's own),
  own (only to domains that mailboxes of this case have), other (a domain that no mailbox here has, or a name that is no address). is_current is false where a later record may have ended it.
nulls: a rule of which nothing says whether it is enabled is taken as enabled, for its forwarding must be looked at.
sources:
  - https://learn.microsoft.com/powershell/module/exchange/get-inboxrule
  - https://learn.microsoft.com/powershell/module/exchange/set-mailbox
*/
WITH endings AS (
    SELECT COALESCE(n.mailbox, LOWER(r.mailbox)) AS mailbox, MAX(r.time) AS time
    FROM inbox_rules AS r
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(r.mailbox)
    WHERE LOWER(r.operation) IN ('remove-inboxrule', 'disable-inboxrule') OR (LOWER(r.operation) = 'set-inboxrule' AND r.enabled IS FALSE)
    GROUP BY COALESCE(n.mailbox, LOWER(r.mailbox))
),
forwarding AS (
    SELECT 'inbox_rules' AS table_name, r.row_id, COALESCE(n.mailbox, LOWER(r.mailbox)) AS mailbox, LOWER(r.forwards_to) AS target,
           e.mailbox IS NULL OR e.time < r.time AS is_current
    FROM inbox_rules AS r
    LEFT JOIN mailbox_names AS n ON n.name = LOWER(r.mailbox)
    LEFT JOIN endings AS e ON e.mailbox = COALESCE(n.mailbox, LOWER(r.mailbox))
    WHERE NULLIF(r.forwards_to, '') IS NOT NULL AND r.enabled IS DISTINCT FROM FALSE
      AND LOWER(r.operation) NOT IN ('remove-inboxrule', 'disable-inboxrule')
    UNION ALL
    SELECT 'setting_observations', row_id, mailbox, value, TRUE
    FROM mailbox_sights
    WHERE setting = 'forwarding_smtp_address' AND value IS NOT NULL AND value NOT IN ('null', '""')
),
plain AS (
    SELECT
        table_name, row_id, mailbox, COALESCE(is_current, FALSE) AS is_current,
        ' ' || REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(target, ';', ' '), ',', ' '), '"', ' '), ']', ' '), '[', ' '), '>', ' '), '<', ' '), ')', ' '), '''', ' ') || ' ' AS target
    FROM forwarding
    WHERE $mailbox IS NULL OR mailbox IN (SELECT name FROM asked_names WHERE part = 'mailbox')
),
domains AS (
    SELECT DISTINCT SUBSTRING(mailbox, STRPOS(mailbox, '@') + 1) AS domain FROM current_mailboxes WHERE mailbox LIKE '%@%'
    UNION
    SELECT DISTINCT SUBSTRING(LOWER(value), STRPOS(value, '@') + 1) AS domain FROM identities WHERE kind = 'upn' AND value LIKE '%@%' AND value NOT LIKE '%#ext#%'
),
own AS (
    SELECT p.table_name, p.row_id, SUM(LENGTH(p.target) - LENGTH(REPLACE(p.target, '@' || d.domain || ' ', d.domain || ' '))) AS addresses
    FROM plain AS p
    CROSS JOIN domains AS d
    GROUP BY p.table_name, p.row_id
),
providers AS (
    SELECT '@gmail.com ' AS ending
    UNION ALL SELECT '@googlemail.com '
    UNION ALL SELECT '@outlook.com '
    UNION ALL SELECT '@hotmail.com '
    UNION ALL SELECT '@live.com '
    UNION ALL SELECT '@msn.com '
    UNION ALL SELECT '@yahoo.com '
    UNION ALL SELECT '@ymail.com '
    UNION ALL SELECT '@aol.com '
    UNION ALL SELECT '@icloud.com '
    UNION ALL SELECT '@proton.me '
    UNION ALL SELECT '@protonmail.com '
    UNION ALL SELECT '@gmx.com '
    UNION ALL SELECT '@gmx.de '
    UNION ALL SELECT '@gmx.net '
    UNION ALL SELECT '@web.de '
    UNION ALL SELECT '@mail.com '
    UNION ALL SELECT '@mail.ru '
    UNION ALL SELECT '@yandex.ru '
    UNION ALL SELECT '@yandex.com '
    UNION ALL SELECT '@qq.com '
    UNION ALL SELECT '@163.com '
    UNION ALL SELECT '@126.com '
    UNION ALL SELECT '@tutanota.com '
),
public AS (
    SELECT DISTINCT p.table_name, p.row_id
    FROM plain AS p
    JOIN providers AS v ON p.target LIKE '%' || v.ending || '%'
)
SELECT
    p.table_name, p.row_id, p.mailbox, p.is_current,
    CASE WHEN u.row_id IS NOT NULL THEN 'public'
         WHEN p.target LIKE '%@%' AND LENGTH(p.target) - LENGTH(REPLACE(p.target, '@', '')) = o.addresses THEN 'own'
         ELSE 'other' END AS leads_to
FROM plain AS p
LEFT JOIN own AS o ON o.table_name = p.table_name AND o.row_id = p.row_id
LEFT JOIN public AS u ON u.table_name = p.table_name AND u.row_id = p.row_id
