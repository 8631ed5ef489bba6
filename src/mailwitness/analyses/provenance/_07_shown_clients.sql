/*
row: >
  one kind of client whose tokens (kind token) or sessions (session) are found among the sign-ins of the whole case, whatever was asked: the
  identifiers of its mail records are the ones that sign-ins carry. One credential of each mailbox, application and day is tried.
nulls: an unknown client is '', a kind of its own.
kept: true
*/
WITH tried AS (
    SELECT
        COALESCE(client, '') AS client, MIN(unique_token_id) AS token, MIN(issuing_signin_id) AS request_id,
        MIN(LOWER(session_id)) AS session, MIN(LOWER(aad_session_id)) AS entra_session
    FROM mail_accesses
    WHERE unique_token_id IS NOT NULL OR session_id IS NOT NULL OR aad_session_id IS NOT NULL
    GROUP BY COALESCE(client, ''), app_id, client_app_id, mailbox, DATE_TRUNC('day', time)
)
SELECT DISTINCT 'token' AS kind, t.client
FROM tried AS t
JOIN signins AS s ON s.unique_token_identifier = t.token
UNION
SELECT DISTINCT 'token' AS kind, t.client
FROM tried AS t
JOIN signins AS s ON LOWER(s.id) = t.request_id
UNION
SELECT DISTINCT 'token' AS kind, t.client
FROM tried AS t
JOIN signins AS s ON s.unique_token_signin_id = t.request_id
UNION
SELECT DISTINCT 'session' AS kind, t.client
FROM tried AS t
JOIN signins AS s ON LOWER(s.session_id) = t.session
UNION
SELECT DISTINCT 'session' AS kind, t.client
FROM tried AS t
JOIN signins AS s ON LOWER(s.session_id) = t.entra_session
