/*
row: >
  one logged success of a protocol without modern authentication, whatever rows tell of it: rows with the same sign-in id are one. person is
  the user's one name, as mailboxes have it. client: what mail accesses call the protocol's client; * for a label that names no
  protocol, null for a protocol that cannot read mail. network: the address, or the /64 of an IPv6 address.
nulls: >
  a success whose user, time or address is unknown is kept. A logon of the unified log counts only if its operation is UserLoggedIn without a
  logon error. A label that differs between rows of one id names no protocol, and two people in them are nobody.
kept: true
sources:
  - https://learn.microsoft.com/graph/api/resources/signin
  - https://learn.microsoft.com/entra/identity/conditional-access/policy-block-legacy-authentication
*/
WITH entra AS (
    SELECT
        s.row_id, COALESCE(LOWER(s.id), s.row_id) AS signin, s.id, s.time, LOWER(s.user_principal_name) AS upn, LOWER(s.user_id) AS user_id,
        LOWER(s.ip_address) AS address, s.unique_token_identifier, s.applied_conditional_access_policies AS policies,
        LOWER(s.session_id) AS session_id, LOWER(s.app_id) AS app_id, COALESCE(p.label, '(ropc)') AS label
    FROM signins AS s
    LEFT JOIN legacy_protocols AS p ON p.label = LOWER(TRIM(s.client_app_used))
    WHERE s.error_code = 0 AND s.service_principal_id IS NULL AND s.stream IS DISTINCT FROM 'unified_audit_log'
      AND (p.label IS NOT NULL
           OR (LOWER(s.authentication_protocol) = 'ropc'
               AND COALESCE(LOWER(s.resource_id) = '00000002-0000-0ff1-ce00-000000000000',
                            LOWER(s.resource_display_name) LIKE '%exchange%', TRUE)))
),
unified AS (
    SELECT
        s.row_id, COALESCE(LOWER(s.id), s.row_id) AS signin, s.id, s.time, LOWER(s.user_principal_name) AS upn, LOWER(s.user_id) AS user_id,
        LOWER(s.ip_address) AS address, LOWER(s.session_id) AS session_id, LOWER(s.app_id) AS app_id, LOWER(s.user_agent) AS user_agent
    FROM signins AS s
    JOIN audit_events AS e ON e.row_id = REPLACE(s.row_id, 'signin:ual:', 'audit:') AND e.operation = 'UserLoggedIn'
    WHERE s.stream = 'unified_audit_log' AND s.error_code = 0 AND COALESCE(s.failure_reason, '') = ''
),
told AS (
    SELECT row_id, signin, id, time, upn, user_id, address, unique_token_identifier, policies, session_id, app_id, label
    FROM entra
    UNION ALL
    SELECT row_id, signin, id, time, upn, user_id, address, NULL, NULL, session_id, app_id, '(ropc)'
    FROM unified
    WHERE user_agent LIKE '%bav2ropc%'
    UNION ALL
    SELECT u.row_id, u.signin, u.id, NULL, u.upn, u.user_id, NULL, NULL, NULL, u.session_id, NULL, '(ropc)'
    FROM unified AS u
    WHERE COALESCE(u.user_agent NOT LIKE '%bav2ropc%', TRUE) AND u.signin IN (SELECT signin FROM entra)
),
one AS (
    SELECT
        signin, MIN(id) AS id, MIN(row_id) AS row_id, MAX(row_id) AS twin_row, MIN(time) AS time, MIN(upn) AS upn, MAX(upn) AS other_upn, MIN(user_id) AS user_id,
        MIN(address) AS address, MIN(unique_token_identifier) AS unique_token_identifier, MIN(policies) AS policies,
        MIN(session_id) AS session_id, MIN(app_id) AS app_id,
        MIN(CASE WHEN label <> '(ropc)' THEN label END) AS label, MAX(CASE WHEN label <> '(ropc)' THEN label END) AS other_label
    FROM told
    GROUP BY signin
),
labelled AS (
    SELECT
        o.signin, COALESCE(o.id, o.signin) AS subject, o.row_id, o.twin_row, o.time, o.upn, o.other_upn, o.user_id, o.address, o.unique_token_identifier,
        o.policies, o.session_id, o.app_id, COALESCE(o.upn, o.user_id) AS name,
        CASE WHEN o.label IS NULL THEN '(ropc)' WHEN p.protocol = q.protocol THEN o.label ELSE 'other clients' END AS label
    FROM one AS o
    LEFT JOIN legacy_protocols AS p ON p.label = o.label
    LEFT JOIN legacy_protocols AS q ON q.label = o.other_label
),
shared_names AS (
    SELECT LOWER(value) AS name
    FROM identities
    WHERE kind IN ('upn', 'smtp', 'mailbox_guid', 'object_id')
    GROUP BY LOWER(value)
    HAVING COUNT(DISTINCT LOWER(person)) > 1
)
SELECT
    l.signin, l.subject, l.row_id, l.twin_row, l.time, l.address, COALESCE(w.network, l.address) AS network, l.unique_token_identifier, l.policies,
    COALESCE(n.mailbox, l.name) AS person, 
    l.name IS NOT NULL AND x.name IS NULL AND COALESCE(l.upn = l.other_upn OR n.mailbox = m.mailbox, l.upn IS NULL) AS is_person_known,
    p.protocol, p.reads_mail, p.client, p.switch, p.label,
    ($time_from IS NULL OR l.time IS NULL OR l.time >= $time_from) AND ($time_to IS NULL OR l.time IS NULL OR l.time < $time_to)
    AND ($actor IS NULL OR LOWER(CAST($actor AS TEXT)) IN (l.address, l.session_id, l.app_id)
         OR l.upn IN (SELECT name FROM asked_names WHERE part = 'actor')
         OR l.user_id IN (SELECT name FROM asked_names WHERE part = 'actor')) AS is_asked
FROM labelled AS l
JOIN legacy_protocols AS p ON p.label = l.label
LEFT JOIN mailbox_names AS n ON n.name = l.name
LEFT JOIN mailbox_names AS m ON m.name = l.other_upn
LEFT JOIN shared_names AS x ON x.name = l.name
LEFT JOIN address_networks AS w ON w.address = l.address
WHERE $mailbox IS NULL OR l.upn IN (SELECT name FROM asked_names WHERE part = 'mailbox')
   OR l.user_id IN (SELECT name FROM asked_names WHERE part = 'mailbox')
   OR n.mailbox IN (SELECT name FROM asked_names WHERE part = 'mailbox')
