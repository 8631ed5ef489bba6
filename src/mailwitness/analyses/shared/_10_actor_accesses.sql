/*
row: >
  one mail access in the mailbox, by the actor and in the time asked for, with who acted. The actor is the session; without one,
  the application if it acted for itself, or else the user. An actor asked for (a session, an address or network, an
  application, a user) is the actor of every access it matches. Background work of Microsoft's own services is kept apart:
  no session, the service's own client string, an address of Exchange Online itself, and no application that is not
  known to be Microsoft's service. It is never left out. Where only the application is in doubt (it is not on the list of
  Microsoft's service processes) the application is the actor, not the user in whose name the record speaks, and service_doubt says why.
  Each thing that can name the actor is looked for by itself, so that only the accesses which mention it are read whole.
  An access without a time is not shown to be outside the time asked for. The credential that its record names stands beside it.
nulls: is_microsoft_service is null where the record has no address; an empty identifier of a credential is null.
kept: narrowed
*/
WITH asked_users AS (
    SELECT u.user_id
    FROM (SELECT DISTINCT user_id FROM mail_accesses) AS u
    JOIN asked_names AS asked ON asked.part = 'actor' AND asked.name = LOWER(u.user_id)
),
mentioning AS (
    SELECT
        row_id, time, mailbox, operation, mail_access_type, is_bind, is_unlisted, is_throttled, folder_path, user_id, session_id,
        aad_session_id, app_id, client_app_id, accessed_as, client, client_info_string, client_ip, operation_count, external_access,
        unique_token_id, issuing_signin_id, issued_at, token_tenant_id, organization_id
    FROM mailbox_accesses
    WHERE LOWER(session_id) = LOWER($actor)
    UNION
    SELECT
        row_id, time, mailbox, operation, mail_access_type, is_bind, is_unlisted, is_throttled, folder_path, user_id, session_id,
        aad_session_id, app_id, client_app_id, accessed_as, client, client_info_string, client_ip, operation_count, external_access,
        unique_token_id, issuing_signin_id, issued_at, token_tenant_id, organization_id
    FROM mailbox_accesses
    WHERE LOWER(aad_session_id) = LOWER($actor)
    UNION
    SELECT
        row_id, time, mailbox, operation, mail_access_type, is_bind, is_unlisted, is_throttled, folder_path, user_id, session_id,
        aad_session_id, app_id, client_app_id, accessed_as, client, client_info_string, client_ip, operation_count, external_access,
        unique_token_id, issuing_signin_id, issued_at, token_tenant_id, organization_id
    FROM mailbox_accesses
    WHERE LOWER(app_id) = LOWER($actor)
    UNION
    SELECT
        row_id, time, mailbox, operation, mail_access_type, is_bind, is_unlisted, is_throttled, folder_path, user_id, session_id,
        aad_session_id, app_id, client_app_id, accessed_as, client, client_info_string, client_ip, operation_count, external_access,
        unique_token_id, issuing_signin_id, issued_at, token_tenant_id, organization_id
    FROM mailbox_accesses
    WHERE LOWER(client_app_id) = LOWER($actor)
    UNION
    SELECT
        row_id, time, mailbox, operation, mail_access_type, is_bind, is_unlisted, is_throttled, folder_path, user_id, session_id,
        aad_session_id, app_id, client_app_id, accessed_as, client, client_info_string, client_ip, operation_count, external_access,
        unique_token_id, issuing_signin_id, issued_at, token_tenant_id, organization_id
    FROM mailbox_accesses
    WHERE client_ip IN (SELECT client_ip FROM client_addresses WHERE is_asked)
    UNION
    SELECT
        row_id, time, mailbox, operation, mail_access_type, is_bind, is_unlisted, is_throttled, folder_path, user_id, session_id,
        aad_session_id, app_id, client_app_id, accessed_as, client, client_info_string, client_ip, operation_count, external_access,
        unique_token_id, issuing_signin_id, issued_at, token_tenant_id, organization_id
    FROM mailbox_accesses
    WHERE user_id IN (SELECT user_id FROM asked_users)
),
considered AS (
    SELECT
        row_id, time, mailbox, operation, mail_access_type, is_bind, is_unlisted, is_throttled, folder_path, user_id, session_id,
        aad_session_id, app_id, client_app_id, accessed_as, client, client_info_string, client_ip, operation_count, external_access,
        unique_token_id, issuing_signin_id, issued_at, token_tenant_id, organization_id
    FROM mailbox_accesses
    WHERE $actor IS NULL
    UNION ALL
    SELECT
        row_id, time, mailbox, operation, mail_access_type, is_bind, is_unlisted, is_throttled, folder_path, user_id, session_id,
        aad_session_id, app_id, client_app_id, accessed_as, client, client_info_string, client_ip, operation_count, external_access,
        unique_token_id, issuing_signin_id, issued_at, token_tenant_id, organization_id
    FROM mentioning
    WHERE $actor IS NOT NULL
),
named AS (
    SELECT
        a.row_id AS access_id, a.time, a.mailbox, a.operation, a.is_bind, a.is_unlisted, a.is_throttled, a.accessed_as, a.client, a.client_ip,
        COALESCE(a.mail_access_type = 'Sync' AND a.operation = 'MailItemsAccessed', FALSE) AS is_sync,
        CASE WHEN a.folder_path <> 'Not Available' THEN NULLIF(a.folder_path, '') END AS folder_path,
        COALESCE(NULLIF(a.session_id, ''), NULLIF(a.aad_session_id, '')) AS session, NULLIF(a.aad_session_id, '') AS aad_session_id,
        a.operation_count, a.external_access, NULLIF(a.unique_token_id, '') AS unique_token_id, a.issuing_signin_id, a.issued_at,
        NULLIF(LOWER(a.token_tenant_id), '') AS token_tenant_id, NULLIF(LOWER(a.organization_id), '') AS organization_id,
        CASE WHEN a.app_id IS NULL OR a.app_id = '' OR front.is_front
             THEN COALESCE(NULLIF(LOWER(a.client_app_id), ''), NULLIF(LOWER(a.app_id), ''))
             ELSE LOWER(a.app_id) END AS app,
        LOWER(a.app_id) AS called_app, LOWER(a.client_app_id) AS calling_app,
        NULLIF(LOWER(a.user_id), '') AS user_id,
        COALESCE(a.client = 'service' OR LOWER(a.client_info_string) LIKE '%client=restsystem%', FALSE) AS is_service_client,
        c.is_microsoft_service, COALESCE(c.is_microsoft_service, FALSE) AS is_microsoft_address,
        COALESCE(c.is_asked, FALSE) AS is_asked_address
    FROM considered AS a
    LEFT JOIN first_party_apps AS front ON front.app_id = LOWER(a.app_id)
    LEFT JOIN client_addresses AS c ON c.client_ip = a.client_ip
    WHERE ($time_from IS NULL OR a.time IS NULL OR a.time >= $time_from)
      AND ($time_to IS NULL OR a.time IS NULL OR a.time < $time_to)
),
classified AS (
    SELECT
        n.access_id, n.time, n.mailbox, n.operation, n.is_bind, n.is_unlisted, n.is_sync, n.is_throttled, n.accessed_as, n.client, n.client_ip,
        n.folder_path, n.session, n.app, n.user_id, n.aad_session_id, n.operation_count, n.external_access, n.unique_token_id,
        n.issuing_signin_id, n.issued_at, n.token_tenant_id, n.organization_id,
        n.is_microsoft_service, n.session IS NULL AND n.is_service_client AND n.is_microsoft_address
            AND (n.app IS NULL OR COALESCE(known.is_service, FALSE)) AS is_background,
        CASE WHEN n.session IS NULL AND n.is_service_client AND n.is_microsoft_address
                  AND n.app IS NOT NULL AND NOT COALESCE(known.is_service, FALSE)
             THEN 'No session, the service''s own client string and a Microsoft server address, but the application is not on the list of Microsoft''s known service processes: it may be a Microsoft background process or an application acting through Microsoft Graph. The owner of its service principal (Get-MgServicePrincipal) and its sign-ins would decide it.'
             END AS service_doubt,
        CASE WHEN $actor IS NULL THEN NULL
             WHEN LOWER(n.session) = LOWER($actor) THEN 'session'
             WHEN n.is_asked_address THEN 'address'
             WHEN LOWER($actor) IN (n.app, n.called_app, n.calling_app) THEN 'app'
             WHEN asked.name IS NOT NULL THEN 'user' END AS asked_as
    FROM named AS n
    LEFT JOIN first_party_apps AS known ON known.app_id = n.app
    LEFT JOIN asked_names AS asked ON asked.part = 'actor' AND asked.name = n.user_id
)
SELECT
    access_id, time, mailbox, operation, is_bind, is_unlisted, is_sync, is_throttled, accessed_as, client, client_ip, folder_path, session, app,
    user_id, aad_session_id, operation_count, external_access, unique_token_id, issuing_signin_id, issued_at, token_tenant_id, organization_id,
    is_microsoft_service, is_background, service_doubt,
    CASE WHEN asked_as IS NOT NULL AND NOT (asked_as = 'user' AND (is_background OR service_doubt IS NOT NULL)) THEN $actor
         WHEN session IS NOT NULL THEN session
         WHEN service_doubt IS NOT NULL THEN app
         WHEN is_background OR accessed_as = 'service' THEN COALESCE(app, '(Microsoft service process)')
         WHEN accessed_as = 'application' THEN COALESCE(app, user_id)
         ELSE COALESCE(user_id, app) END AS actor,
    CASE WHEN is_background THEN 'service'
         WHEN asked_as IS NOT NULL AND NOT (asked_as = 'user' AND service_doubt IS NOT NULL) THEN asked_as
         WHEN session IS NOT NULL THEN 'session'
         WHEN service_doubt IS NOT NULL THEN 'app'
         WHEN accessed_as = 'service' THEN 'service'
         WHEN accessed_as = 'application' OR user_id IS NULL THEN 'app'
         ELSE 'user' END AS actor_kind
FROM classified
WHERE $actor IS NULL OR asked_as IS NOT NULL
