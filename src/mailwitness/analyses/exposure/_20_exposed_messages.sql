/*
row: >
  one message accessed in one mailbox by one actor, however often, and how often that actor took an attachment of it, for schedules and exports
*/
WITH messages AS (
    SELECT
        mailbox, actor, message, MIN(internet_message_id) AS internet_message_id, MIN(item_id) AS item_id,
        MIN(folder_path) AS folder_path, MAX(size_bytes) AS size_bytes, MIN(time) AS first_time, MAX(time) AS last_time,
        COUNT(*) AS accesses,
        CASE WHEN MIN(COALESCE(client, '')) = MAX(COALESCE(client, '')) THEN MIN(client) ELSE 'several' END AS client,
        CASE WHEN MIN(COALESCE(client_ip, '')) = MAX(COALESCE(client_ip, '')) THEN MIN(client_ip) ELSE 'several' END AS client_ip,
        CASE WHEN MIN(COALESCE(session, '')) = MAX(COALESCE(session, '')) THEN MIN(session) ELSE 'several' END AS session
    FROM exposed_items
    GROUP BY mailbox, actor, message
),
attachments AS (
    SELECT mailbox, actor, message, COUNT(*) AS attachments
    FROM attachment_items
    GROUP BY mailbox, actor, message
)
SELECT
    m.mailbox, m.actor, s.actor_kind, s.accessed_as, m.message, m.internet_message_id, m.item_id, t.subject, m.folder_path,
    m.size_bytes, m.first_time, m.last_time, m.accesses, COALESCE(b.attachments, 0) AS attachments, m.client, m.client_ip, m.session, s.bounds
FROM messages AS m
LEFT JOIN exposure_scopes AS s
  ON s.mailbox IS NOT DISTINCT FROM m.mailbox AND s.actor IS NOT DISTINCT FROM m.actor
LEFT JOIN message_subjects AS t ON t.internet_message_id = m.internet_message_id
LEFT JOIN attachments AS b
  ON b.mailbox IS NOT DISTINCT FROM m.mailbox AND b.actor IS NOT DISTINCT FROM m.actor AND b.message = m.message
