/*
row: >
  one credential of one mailbox and actor: what a finding is about, with what its accesses say together. The credential is the unique token
  identifier; without one the session; without either nothing but the application (subject_kind app) or the user (user) is known. Background
  work of Microsoft's own services is one row for each mailbox and application. Its addresses are the first and last by their text.
  by_user, by_app: whether its issue could stand in the sign-in logs of users, of applications; without a session either is possible.
nulls: >
  is_home is whether every record says that the token is of this tenant, is_outside whether every record has an address that is no
  Microsoft server's: what a record does not say makes it false. issue_hour is null where no record says when the token was issued, or
  is_issue_disputed: records disagree, or say that it was more than an hour after its first use.
kept: true
*/
WITH named AS (
    SELECT
        access_id, time, mailbox, actor, actor_kind, is_background, service_doubt, accessed_as, client, client_ip, app, user_id, session,
        aad_session_id, issuing_signin_id, issued_at, is_microsoft_service, external_access, token_tenant_id, organization_id,
        COALESCE(client IN ('imap', 'pop', 'eas'), FALSE) AS is_legacy, COALESCE(operation_count > 1, FALSE) AS is_aggregated,
        CASE WHEN is_background THEN 'app' WHEN unique_token_id IS NOT NULL THEN 'token' WHEN session IS NOT NULL THEN 'session'
             WHEN app IS NULL AND user_id IS NOT NULL THEN 'user' ELSE 'app' END AS subject_kind,
        CASE WHEN is_background THEN COALESCE(app, '(Microsoft service process)')
             ELSE COALESCE(unique_token_id, session, app, user_id, '(unknown application)') END AS subject
    FROM actor_accesses
),
gathered AS (
    SELECT
        mailbox, subject_kind, subject, actor, MIN(actor_kind) AS actor_kind, BOOL_AND(is_background) AS is_background,
        MIN(accessed_as) AS accessed_as, MIN(COALESCE(accessed_as, '')) = MAX(COALESCE(accessed_as, '')) AS is_one_way,
        MIN(access_id) AS access_id, MIN(time) AS first_time, MAX(time) AS last_time, MIN(issued_at) AS issued_at,
        COALESCE(MIN(issued_at) < MAX(issued_at) OR MIN(issued_at) > MIN(time) + INTERVAL '1' HOUR, FALSE) AS is_issue_disputed,
        MIN(app) AS app, MIN(COALESCE(app, '')) = MAX(COALESCE(app, '')) AS is_one_app, MIN(COALESCE(client, '')) AS client,
        MAX(COALESCE(client, '')) AS last_client, MIN(client_ip) AS client_ip, MAX(client_ip) AS last_client_ip, MIN(user_id) AS user_id,
        MIN(LOWER(session)) AS session, MIN(LOWER(aad_session_id)) AS entra_session, MIN(issuing_signin_id) AS request_id,
        BOOL_OR(COALESCE(external_access, FALSE) OR COALESCE(token_tenant_id <> organization_id, FALSE)
                OR COALESCE(user_id LIKE '%#ext#%', FALSE)) AS is_foreign,
        BOOL_AND(COALESCE(token_tenant_id = organization_id, NOT external_access, FALSE)) AS is_home,
        BOOL_AND(COALESCE(NOT is_microsoft_service, FALSE)) AS is_outside,
        BOOL_OR(COALESCE(accessed_as = 'service', FALSE)) AS is_service, MIN(service_doubt) AS service_doubt,
        BOOL_OR(COALESCE(accessed_as <> 'application', TRUE)) AS by_user,
        BOOL_OR(COALESCE(accessed_as = 'application', TRUE) OR session IS NULL) AS by_app,
        BOOL_OR(is_legacy) AS is_legacy, BOOL_OR(is_aggregated AND NOT is_legacy) AS is_aggregated,
        BOOL_OR(NOT is_aggregated AND NOT is_legacy AND service_doubt IS NULL) AS is_plain
    FROM named
    GROUP BY mailbox, subject_kind, subject, actor
)
SELECT
    mailbox, subject_kind, subject, actor, actor_kind, is_background, CASE WHEN is_one_way THEN accessed_as END AS accessed_as, access_id,
    first_time, last_time, issued_at, is_issue_disputed, CASE WHEN NOT is_issue_disputed THEN DATE_TRUNC('hour', issued_at) END AS issue_hour,
    CASE WHEN is_one_app THEN app END AS app, client, last_client, client_ip, last_client_ip, user_id, session, entra_session, request_id,
    is_foreign, is_home, is_outside, is_service, service_doubt, by_user, by_app, is_legacy, is_aggregated, is_plain
FROM gathered
