/*
row: >
  one success that may stand behind mail accesses of one client from one address by one person with legacy successes. is_named: its label names that
  very protocol; is_unnamed: it is a legacy label that names none, and the client is IMAP or POP. The others are rivals: a token of modern authentication for a client
  that such accesses can come from too. IMAP and POP with a token need an application that is
  not listed as Microsoft's own (knowledge/first_party_apps.csv). is_lasting: a rival whose token may open a mailbox as long as it lives: it is for
  Exchange, and for IMAP and POP not of Outlook, Office or Teams, which have no use for them, nor of Apple's accounts, which open Exchange by ActiveSync
  or Exchange Web Services (assumptions).
nulls: a success without a time, address or person is behind nothing; an unknown client is a rival, and so is a token for an unknown service.
kept: true
sources:
  - https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
  - https://techcommunity.microsoft.com/t5/exchange-team-blog/microsoft-and-apple-working-together-to-improve-exchange-online/ba-p/3513846
*/
WITH wanted AS (
    SELECT DISTINCT l.person, p.client
    FROM legacy_successes AS l
    JOIN legacy_protocols AS p ON p.client = l.client OR (l.client = '*' AND p.client IN ('imap', 'pop'))
    WHERE l.reads_mail AND p.client <> '*' AND l.person IS NOT NULL
),
names AS (
    SELECT DISTINCT w.person, n.name
    FROM wanted AS w
    JOIN mailbox_names AS n ON n.mailbox = w.person
    UNION
    SELECT DISTINCT person, person AS name FROM wanted
),
modern AS (
    SELECT
        COALESCE(LOWER(s.id), s.row_id) AS signin, MIN(s.row_id) AS row_id, MIN(s.time) AS time, MIN(LOWER(s.ip_address)) AS address, n.person,
        BOOL_AND(a.app_id IS NOT NULL) AS is_microsoft,
        BOOL_AND(COALESCE(LOWER(s.resource_id) = '00000002-0000-0ff1-ce00-000000000000', LOWER(s.resource_display_name) LIKE '%exchange%', TRUE))
            AS is_for_exchange,
        -- Microsoft Office, Outlook Mobile, Microsoft Teams, OfficeHome, Apple Internet Accounts
        BOOL_OR(COALESCE(LOWER(s.app_id) IN ('d3590ed6-52b3-4102-aeff-aad2292ab01c', '27922004-5251-4030-b22d-91ecd9a37ea4',
                                             '1fec8e78-bce4-4aaf-ab1b-5451cc387264', '4765445b-32c6-49b0-83e6-1d93765276ca', 'f8d98a96-0999-43f5-8af3-69971c7bb423'), FALSE)) AS is_of_other_protocols
    FROM signins AS s
    JOIN names AS n ON n.name = LOWER(COALESCE(s.user_principal_name, s.user_id))
    LEFT JOIN first_party_apps AS a ON a.app_id = LOWER(s.app_id)
    WHERE s.error_code = 0 AND s.time IS NOT NULL AND s.ip_address IS NOT NULL AND COALESCE(LOWER(s.client_app_used) <> 'browser', TRUE)
    GROUP BY COALESCE(LOWER(s.id), s.row_id), n.person
)
SELECT l.signin, l.row_id, l.person, w.client, l.network, l.time, l.client = w.client AS is_named,
       l.client = '*' AND w.client IN ('imap', 'pop') AS is_unnamed, FALSE AS is_lasting
FROM legacy_successes AS l
JOIN wanted AS w ON w.person = l.person
WHERE l.time IS NOT NULL AND l.network IS NOT NULL AND l.client IN (w.client, '*')
UNION ALL
SELECT m.signin, m.row_id, m.person, w.client, COALESCE(x.network, m.address) AS network, m.time, FALSE AS is_named, FALSE AS is_unnamed,
       m.is_for_exchange AND NOT (w.client IN ('imap', 'pop') AND m.is_of_other_protocols) AS is_lasting
FROM modern AS m
JOIN wanted AS w ON w.person = m.person
LEFT JOIN legacy_successes AS l ON l.signin = m.signin
LEFT JOIN address_networks AS x ON x.address = m.address
WHERE l.signin IS NULL AND NOT (w.client IN ('imap', 'pop') AND m.is_microsoft)
