/*
row: >
  one mailbox and one protocol switch, where a client of that protocol signed in with success or read mail. A logged success need not have
  obtained anything (MW-E0001), so this says use and not reading.
kept: true
*/
WITH signed_in AS (
    SELECT LOWER(COALESCE(user_principal_name, user_id)) AS name, LOWER(TRIM(client_app_used)) AS label
    FROM signins
    WHERE error_code = 0 AND client_app_used IS NOT NULL
    GROUP BY LOWER(COALESCE(user_principal_name, user_id)), LOWER(TRIM(client_app_used))
),
read AS (
    SELECT LOWER(mailbox) AS name, CASE client WHEN 'imap' THEN 'imap_enabled' ELSE 'pop_enabled' END AS switch
    FROM mail_accesses
    WHERE client IN ('imap', 'pop')
    GROUP BY LOWER(mailbox), client
)
SELECT COALESCE(n.mailbox, s.name) AS mailbox, p.switch
FROM signed_in AS s
JOIN legacy_protocols AS p ON p.label = s.label AND p.switch IS NOT NULL
LEFT JOIN mailbox_names AS n ON n.name = s.name
WHERE s.name IS NOT NULL
UNION
SELECT COALESCE(n.mailbox, r.name) AS mailbox, r.switch
FROM read AS r
LEFT JOIN mailbox_names AS n ON n.name = r.name
WHERE r.name IS NOT NULL
