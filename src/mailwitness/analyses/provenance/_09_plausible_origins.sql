/*
row: >
  one undecided credential of a person and one of its addresses from which the same person has signed in (row_id is such a sign-in). is_recent: with the same application,
  or one that calls through a front of Microsoft's, within 28 hours before the first access, which is how long an access token may live.
  Plausible, and no more: an address is no credential.
nulls: an application that the record does not name is not compared.
sources: [https://learn.microsoft.com/entra/identity-platform/access-tokens]
*/
WITH wanted AS (
    SELECT s.access_id, COALESCE(n.mailbox, s.user_id) AS person, s.client_ip, s.last_client_ip, s.first_time,
           CASE WHEN NOT COALESCE(front.is_front, FALSE) THEN s.app END AS app
    FROM standings AS s
    LEFT JOIN mailbox_names AS n ON n.name = s.user_id
    LEFT JOIN first_party_apps AS front ON front.app_id = s.app
    WHERE s.standing IN ('nameless', 'open') AND NOT s.is_service AND s.service_doubt IS NULL
      AND COALESCE(s.accessed_as <> 'application', TRUE) AND s.user_id IS NOT NULL AND s.client_ip IS NOT NULL
),
undecided AS (
    SELECT access_id, person, client_ip, first_time, app FROM wanted
    UNION
    SELECT access_id, person, last_client_ip AS client_ip, first_time, app FROM wanted
),
sign_ins AS (
    SELECT
        LOWER(user_principal_name) AS name, ip_address, LOWER(app_id) AS app, DATE_TRUNC('day', time) AS day, MIN(time) AS first_time,
        MAX(time) AS last_time, MIN(row_id) AS row_id
    FROM signins
    WHERE COALESCE(error_code, 0) = 0 AND user_principal_name IS NOT NULL AND ip_address IN (SELECT client_ip FROM undecided)
    GROUP BY LOWER(user_principal_name), ip_address, LOWER(app_id), DATE_TRUNC('day', time)
),
named AS (
    SELECT COALESCE(n.mailbox, s.name) AS person, s.ip_address, s.app, s.day, s.first_time, s.last_time, s.row_id
    FROM sign_ins AS s
    LEFT JOIN mailbox_names AS n ON n.name = s.name
),
ever AS (
    SELECT u.access_id, u.client_ip, MIN(s.row_id) AS row_id
    FROM undecided AS u
    JOIN (SELECT person, ip_address, MIN(row_id) AS row_id FROM named GROUP BY person, ip_address) AS s
      ON s.person = u.person AND s.ip_address = u.client_ip
    GROUP BY u.access_id, u.client_ip
),
days AS (
    SELECT access_id, person, client_ip, app, first_time, DATE_TRUNC('day', first_time) AS day FROM undecided
    UNION ALL
    SELECT access_id, person, client_ip, app, first_time, DATE_TRUNC('day', first_time) - INTERVAL '24' HOUR AS day FROM undecided
    UNION ALL
    SELECT access_id, person, client_ip, app, first_time, DATE_TRUNC('day', first_time) - INTERVAL '48' HOUR AS day FROM undecided
),
recent AS (
    SELECT d.access_id, d.client_ip, MIN(s.row_id) AS row_id
    FROM days AS d
    JOIN named AS s ON s.person = d.person AND s.ip_address = d.client_ip AND s.day = d.day
    WHERE s.first_time <= d.first_time AND s.last_time >= d.first_time - INTERVAL '28' HOUR AND (d.app IS NULL OR s.app = d.app)
    GROUP BY d.access_id, d.client_ip
)
SELECT e.access_id, e.client_ip, r.row_id IS NOT NULL AS is_recent, COALESCE(r.row_id, e.row_id) AS row_id
FROM ever AS e
LEFT JOIN recent AS r ON r.access_id = e.access_id AND r.client_ip = e.client_ip
