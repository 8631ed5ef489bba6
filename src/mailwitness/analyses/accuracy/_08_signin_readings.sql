/*
row: >
  one row of a person's sign-in that says something of its first factor. stance: for (it was right), against (it was refused), open (the code hides it).
  by_session: what was right was an earlier session or token, not something typed (a client of an old protocol
  gives its password each time, whichever log it stands in). place: the address, or nothing where the stance is
  open. An interrupt that a success of the same correlation id and person completes within an hour is part of that success and is left out, as are
  plain successes of modern clients and codes by which no first factor was asked.
nulls: >
  a code that is null or not listed says nothing; a logon of the unified log without a code is read by the name of its error, whatever its
  operation and ResultStatus say. An unknown user or address is a group of its own.
kept: true
sources:
  - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/office-365-management-activity-api-schema.md
*/
WITH failed AS (
    SELECT
        s.row_id, COALESCE(LOWER(s.id), s.row_id) AS signin, s.id, s.time, LOWER(s.user_principal_name) AS upn, LOWER(s.user_id) AS user_id,
        COALESCE(LOWER(s.user_principal_name), LOWER(s.user_id)) AS name, LOWER(s.ip_address) AS address, s.correlation_id, s.stream,
        LOWER(s.session_id) AS session_id, LOWER(s.app_id) AS app_id,
        NULLIF(s.error_code, 0) AS code, CASE WHEN s.stream = 'unified_audit_log' THEN NULLIF(LOWER(s.failure_reason), '') END AS error_name,
        (s.stream = 'non_interactive' AND l.label IS NULL AND COALESCE(LOWER(s.authentication_protocol) <> 'ropc', TRUE)) OR LOWER(s.incoming_token_type) IN ('refreshtoken', 'primaryrefreshtoken')
            OR LOWER(s.authentication_details) LIKE '%"previously satisfied"%' AS by_session
    FROM signins AS s
    LEFT JOIN legacy_protocols AS l ON l.label = LOWER(TRIM(s.client_app_used))
    WHERE s.service_principal_id IS NULL AND COALESCE(s.stream NOT IN ('service_principal', 'managed_identity'), TRUE)
      AND (s.error_code <> 0 OR (s.stream = 'unified_audit_log' AND s.failure_reason <> ''))
),
coded AS (
    SELECT
        f.row_id, f.signin, f.id, f.time, f.upn, f.user_id, f.name, f.address, f.correlation_id, f.session_id, f.app_id, COALESCE(f.by_session, FALSE) AS by_session,
        c.code, c.name AS code_name, c.token_issued, c.first_factor, c.reading,
        CASE WHEN f.code IS NULL AND e.operation = 'UserLoggedIn' THEN 'MW-E0002' ELSE c.erratum END AS erratum
    FROM failed AS f
    LEFT JOIN signin_error_codes AS m ON f.code IS NULL AND LOWER(m.name) = f.error_name
    JOIN signin_error_codes AS c ON c.code = COALESCE(f.code, m.code)
    LEFT JOIN audit_events AS e ON f.code IS NULL AND e.row_id = REPLACE(f.row_id, 'signin:ual:', 'audit:')
    WHERE c.first_factor <> 'none'
),
completed AS (
    SELECT DISTINCT i.row_id
    FROM coded AS i
    JOIN signins AS s
      ON s.correlation_id = i.correlation_id AND s.error_code = 0
     AND NOT (COALESCE(s.stream = 'unified_audit_log', FALSE) AND COALESCE(s.failure_reason, '') <> '')
     AND LOWER(COALESCE(s.user_principal_name, s.user_id)) = i.name AND s.time >= i.time AND s.time <= i.time + INTERVAL '1' HOUR
    WHERE i.token_issued = 'continues'
),
said AS (
    SELECT
        c.row_id, c.signin, c.id, c.time, c.upn, c.user_id, c.name, c.address, c.session_id, c.app_id, c.by_session, c.code, c.code_name, c.reading, c.erratum,
        CASE c.first_factor WHEN 'yes' THEN 'for' WHEN 'no' THEN 'against' ELSE 'open' END AS stance
    FROM coded AS c
    LEFT JOIN completed AS d ON d.row_id = c.row_id
    WHERE d.row_id IS NULL
    UNION ALL
    SELECT
        l.row_id, l.signin, l.subject, l.time, NULL, NULL, l.person, l.address, NULL, NULL, FALSE, 0, l.protocol,
        'A success under this label is given only to a right credential (a password, or a certificate where ActiveSync uses one).', NULL, 'for'
    FROM legacy_successes AS l
    WHERE l.is_asked
),
disputed AS (
    SELECT signin FROM said GROUP BY signin HAVING MIN(stance) <> MAX(stance)
)
SELECT
    s.row_id, s.signin, COALESCE(s.id, s.signin) AS subject, s.time, COALESCE(n.mailbox, s.name, '') AS person, s.address, s.code, s.code_name, s.reading, s.erratum,
    s.by_session, s.stance, COALESCE(d.signin, '') AS disputed, CASE WHEN s.stance = 'open' THEN '' ELSE COALESCE(s.address, '') END AS place
FROM said AS s
LEFT JOIN mailbox_names AS n ON n.name = s.name
LEFT JOIN disputed AS d ON d.signin = s.signin
WHERE s.code = 0
   OR (($time_from IS NULL OR s.time IS NULL OR s.time >= $time_from) AND ($time_to IS NULL OR s.time IS NULL OR s.time < $time_to)
       AND ($actor IS NULL OR LOWER(CAST($actor AS TEXT)) IN (s.address, s.session_id, s.app_id)
            OR s.upn IN (SELECT name FROM asked_names WHERE part = 'actor') OR s.user_id IN (SELECT name FROM asked_names WHERE part = 'actor'))
       AND ($mailbox IS NULL OR s.upn IN (SELECT name FROM asked_names WHERE part = 'mailbox')
            OR s.user_id IN (SELECT name FROM asked_names WHERE part = 'mailbox')))
