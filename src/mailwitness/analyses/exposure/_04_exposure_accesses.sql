/*
row: one access of `actor_accesses`, with what exposure asks of it
*/
SELECT
    access_id, time, mailbox, operation, is_bind, is_unlisted, is_sync, is_throttled, accessed_as, client, client_ip, folder_path, session, app,
    user_id, is_background, service_doubt, actor, actor_kind
FROM actor_accesses
