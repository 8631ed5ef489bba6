/*
row: >
  one recorded act on a mailbox that a legacy success of one person may stand behind: the person acted, or it is the person's mailbox. client is the
  legacy client in question; is_certain: the record names that client (a record that names none, or an unknown one, may be of any).
  is_access: mail was obtained; else the client was let in (MailboxLogin, a change). names_token: it was made with a token; issuer: the sign-in
  of this case that issued it.
nulls: >
  an act without a time, an address or a client is kept, for it may be any; one without a user counts as its mailbox owner's. Acts of
  applications and of the service are left out.
kept: true
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://learn.microsoft.com/purview/audit-mailboxes
  - https://learn.microsoft.com/entra/identity/authentication/how-to-authentication-track-linkable-identifiers
*/
WITH wanted AS (
    SELECT DISTINCT l.person, p.client
    FROM legacy_successes AS l
    JOIN legacy_protocols AS p ON p.client = l.client OR (l.client = '*' AND p.client IN ('imap', 'pop'))
    WHERE l.reads_mail AND l.person IS NOT NULL
),
names AS (
    SELECT DISTINCT w.person, n.name
    FROM wanted AS w
    JOIN mailbox_names AS n ON n.mailbox = w.person
    UNION
    SELECT DISTINCT person, person AS name FROM wanted
),
acts AS (
    SELECT
        a.row_id, 'mail_accesses' AS table_name, a.time, LOWER(a.mailbox) AS mailbox, LOWER(COALESCE(a.user_id, a.mailbox)) AS actor,
        LOWER(a.client_ip) AS address, a.client, TRUE AS is_access, LOWER(a.issuing_signin_id) AS issuing_signin_id, a.unique_token_id
    FROM mail_accesses AS a
    WHERE COALESCE(a.accessed_as NOT IN ('application', 'service'), TRUE)
    UNION ALL
    SELECT
        e.row_id, 'audit_events' AS table_name, e.time, LOWER(COALESCE(e.mailbox_owner_upn, e.mailbox_guid)) AS mailbox,
        LOWER(COALESCE(e.user_id, e.mailbox_owner_upn, e.mailbox_guid)) AS actor, LOWER(e.client_ip) AS address,
        CASE WHEN LOWER(e.client_info_string) LIKE 'client=pop3/imap4%protocol=imap4%' THEN 'imap'
             WHEN LOWER(e.client_info_string) LIKE 'client=pop3/imap4%protocol=pop3%' THEN 'pop'
             WHEN LOWER(e.client_info_string) LIKE 'client=activesync%' OR LOWER(e.client_info_string) LIKE 'client=airsync%' THEN 'eas'
             WHEN LOWER(e.client_info_string) LIKE 'client=webservices%' THEN 'ews'
             ELSE 'outlook_desktop' END AS client,
        FALSE AS is_access, LOWER(e.issuing_signin_id) AS issuing_signin_id, e.unique_token_id
    FROM audit_events AS e
    WHERE e.operation NOT IN ('MailItemsAccessed', 'AttachmentAccess', 'MessageBind', 'UserLoggedIn', 'UserLoginFailed')
      AND (LOWER(e.client_info_string) LIKE 'client=pop3/imap4%' OR LOWER(e.client_info_string) LIKE 'client=activesync%'
           OR LOWER(e.client_info_string) LIKE 'client=airsync%' OR LOWER(e.client_info_string) LIKE 'client=webservices%'
           OR LOWER(e.client_info_string) LIKE 'client=msexchangerpc%' OR LOWER(e.client_info_string) LIKE 'client=mapi%')
      AND COALESCE(e.user_type NOT IN (3, 4, 5, 6), TRUE)
),
touching AS (
    SELECT
        a.row_id, a.table_name, a.time, a.address, a.client, a.is_access, a.issuing_signin_id, a.unique_token_id,
        n.person AS acting, m.person AS owning
    FROM acts AS a
    LEFT JOIN names AS n ON n.name = a.actor
    LEFT JOIN names AS m ON m.name = a.mailbox
    WHERE n.person IS NOT NULL OR m.person IS NOT NULL
),
one AS (
    SELECT row_id, table_name, time, address, client, is_access, issuing_signin_id, unique_token_id, acting AS person, TRUE AS is_own,
           COALESCE(owning = acting, FALSE) AS is_on_mailbox
    FROM touching
    WHERE acting IS NOT NULL
    UNION ALL
    SELECT row_id, table_name, time, address, client, is_access, issuing_signin_id, unique_token_id, owning AS person, FALSE AS is_own,
           TRUE AS is_on_mailbox
    FROM touching
    WHERE owning IS NOT NULL AND owning IS DISTINCT FROM acting
),
relevant AS (
    SELECT
        o.row_id, o.table_name, o.person, w.client, o.time, o.is_own, o.is_on_mailbox, o.is_access, o.address, o.issuing_signin_id, o.unique_token_id,
        COALESCE(w.client IN (o.client, '*'), FALSE) AS is_certain
    FROM one AS o
    JOIN wanted AS w ON w.person = o.person
    WHERE w.client = '*' OR o.client IS NULL OR o.client IN ('other', w.client)
),
by_id AS (
    SELECT DISTINCT r.issuing_signin_id AS signin
    FROM (SELECT DISTINCT issuing_signin_id FROM relevant) AS r
    JOIN signins AS s ON LOWER(s.id) = r.issuing_signin_id
),
by_token AS (
    SELECT r.unique_token_id, MIN(LOWER(s.id)) AS signin
    FROM (SELECT DISTINCT unique_token_id FROM relevant) AS r
    JOIN signins AS s ON s.unique_token_identifier = r.unique_token_id
    GROUP BY r.unique_token_id
)
SELECT
    r.row_id, r.table_name, r.person, r.client, r.time, r.is_own, r.is_on_mailbox, r.is_access, COALESCE(x.network, r.address) AS network, r.is_certain,
    r.issuing_signin_id IS NOT NULL OR r.unique_token_id IS NOT NULL AS names_token, COALESCE(t.signin, i.signin) AS issuer
FROM relevant AS r
LEFT JOIN by_id AS i ON i.signin = r.issuing_signin_id
LEFT JOIN by_token AS t ON t.unique_token_id = r.unique_token_id
LEFT JOIN address_networks AS x ON x.address = r.address
