/*
row: >
  one identifier of a credential that a sign-in of any log carries. kind: token (the identifier as written); and where no granted sign-in has
  that: request (the sign-in's own id, or the one decoded from its token identifier, against the one decoded from the access's), session, and folded (the token
  identifier but for upper and lower case, which count). granted_from: the first time that one was granted. row_id is a sign-in that was granted; null: every one of them was refused, and a_row_id is one of these.
nulls: a sign-in without an error code and without a reason of failure is taken as granted, for an access with its identifier was.
kept: true
sources:
  - https://learn.microsoft.com/graph/api/resources/signin?view=graph-rest-beta
  - https://learn.microsoft.com/entra/identity/authentication/how-to-authentication-track-linkable-identifiers
*/
WITH sign_ins AS (
    SELECT
        row_id, time, LOWER(id) AS id, unique_token_identifier, unique_token_signin_id, LOWER(session_id) AS session_id,
        -- 50140 and 50199 interrupt a sign-in that goes on under the same request (MW-E0004)
        COALESCE(error_code IN (0, 50140, 50199), failure_reason IS NULL) AS is_granted
    FROM signins
),
written AS (
    SELECT
        unique_token_identifier AS identifier, MIN(CASE WHEN is_granted THEN row_id END) AS row_id, MIN(row_id) AS a_row_id,
        MIN(CASE WHEN is_granted THEN time END) AS granted_from
    FROM sign_ins
    WHERE unique_token_identifier IN (SELECT subject FROM credentials WHERE subject_kind = 'token')
    GROUP BY unique_token_identifier
),
missing AS (
    SELECT c.subject_kind, c.subject, c.request_id, c.session, c.entra_session
    FROM credentials AS c
    LEFT JOIN written AS w ON c.subject_kind = 'token' AND w.identifier = c.subject
    WHERE w.row_id IS NULL
),
found AS (
    SELECT 'request' AS kind, id AS identifier, row_id, time, is_granted
    FROM sign_ins
    WHERE id IN (SELECT request_id FROM missing WHERE subject_kind = 'token')
    UNION ALL
    SELECT 'request' AS kind, unique_token_signin_id AS identifier, row_id, time, is_granted
    FROM sign_ins
    WHERE unique_token_signin_id IN (SELECT request_id FROM missing WHERE subject_kind = 'token')
    UNION ALL
    SELECT 'session' AS kind, session_id AS identifier, row_id, time, is_granted
    FROM sign_ins
    WHERE session_id IN (SELECT session FROM missing UNION SELECT entra_session FROM missing)
    UNION ALL
    SELECT 'folded' AS kind, LOWER(unique_token_identifier) AS identifier, row_id, time, is_granted
    FROM sign_ins
    WHERE LOWER(unique_token_identifier) IN (SELECT LOWER(subject) FROM missing WHERE subject_kind = 'token')
)
SELECT 'token' AS kind, identifier, row_id, a_row_id, granted_from
FROM written
UNION ALL
SELECT kind, identifier, MIN(CASE WHEN is_granted THEN row_id END) AS row_id, MIN(row_id) AS a_row_id,
       MIN(CASE WHEN is_granted THEN time END) AS granted_from
FROM found
GROUP BY kind, identifier
