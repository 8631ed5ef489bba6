/*
row: >
  one mail access of the mailbox asked for, by whomever. Throttling falls on the mailbox, so a record of another actor,
  or one of the days around the time asked for, can say that this actor's accesses went unrecorded: a flood takes a day,
  and what follows it in the next shows whether recording stopped.
kept: mailbox
*/
SELECT
    a.row_id, a.time, COALESCE(n.mailbox, LOWER(a.mailbox)) AS mailbox, a.operation, a.mail_access_type,
    COALESCE(a.operation = 'MailItemsAccessed' AND COALESCE(a.mail_access_type, 'Bind') <> 'Sync', FALSE) AS is_bind,
    COALESCE(a.items_listed = 0 OR a.operation_count > a.items_listed, FALSE) AS is_unlisted,
    a.is_throttled, a.folder_path, a.user_id, a.session_id, a.aad_session_id, a.app_id, a.client_app_id, a.accessed_as,
    a.client, a.client_info_string, a.client_ip, a.operation_count, a.external_access, a.unique_token_id, a.issuing_signin_id, a.issued_at,
    a.token_tenant_id, a.organization_id
FROM mail_accesses AS a
LEFT JOIN mailbox_names AS n ON n.name = LOWER(a.mailbox)
WHERE ($mailbox IS NULL OR COALESCE(LOWER(a.mailbox), '') IN (SELECT name FROM asked_names WHERE part = 'mailbox'))
  AND ($time_from IS NULL OR a.time IS NULL OR a.time >= $time_from - INTERVAL '48' HOUR)
  AND ($time_to IS NULL OR a.time IS NULL OR a.time < $time_to + INTERVAL '24' HOUR)
