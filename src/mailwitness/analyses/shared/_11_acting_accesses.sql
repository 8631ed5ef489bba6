/*
row: one access of `actor_accesses`, with the credential that its record names
nulls: as in mail_accesses; an empty identifier is null.
*/
SELECT
    a.access_id, a.time, a.mailbox, a.operation, a.is_bind, a.is_sync, a.is_throttled, a.accessed_as, a.client, a.client_ip, m.operation_count,
    m.external_access, a.folder_path, a.session, NULLIF(m.aad_session_id, '') AS aad_session_id,
    NULLIF(m.unique_token_id, '') AS unique_token_id, m.issuing_signin_id, m.issued_at,
    NULLIF(LOWER(m.token_tenant_id), '') AS token_tenant_id, NULLIF(LOWER(m.organization_id), '') AS organization_id, a.app, a.user_id,
    a.is_microsoft_service, a.is_background, a.service_doubt, a.actor, a.actor_kind
FROM actor_accesses AS a
JOIN mail_accesses AS m ON m.row_id = a.access_id
