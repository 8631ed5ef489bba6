/*
row: >
  one hour in which one session was used from one network, by mail access or by sign-in. Only sessions that read mail. A network is the autonomous
  system that sign-ins name for the address or for its neighbours in its /24 or /64, or else that /24 or /64 alone (is_system says which). Left out: Microsoft's servers,
  which act for the session, and refreshes, which may show the address of the first issue (MW-E0041).
nulls: an unknown address, session or time is no use.
sources: [https://learn.microsoft.com/entra/identity/monitoring-health/concept-noninteractive-sign-ins]
kept: true
*/
WITH read_mail AS (
    SELECT
        LOWER(session) AS session, LOWER(client_ip) AS address, DATE_TRUNC('hour', time) AS hour, MIN(time) AS first_time, MAX(time) AS last_time,
        MIN(access_id) AS row_id, MIN(session) AS subject, MIN(mailbox) AS mailbox, MAX(mailbox) AS last_mailbox
    FROM actor_accesses
    WHERE session IS NOT NULL AND time IS NOT NULL AND NOT is_microsoft_service
    GROUP BY LOWER(session), LOWER(client_ip), DATE_TRUNC('hour', time)
),
signed_in AS (
    SELECT
        LOWER(s.session_id) AS session, LOWER(s.ip_address) AS address, DATE_TRUNC('hour', s.time) AS hour, MIN(s.time) AS first_time,
        MAX(s.time) AS last_time, MIN(s.row_id) AS row_id
    FROM signins AS s
    WHERE s.ip_address IS NOT NULL AND s.time IS NOT NULL AND LOWER(s.session_id) IN (SELECT session FROM read_mail)
      AND COALESCE(s.error_code, 0) = 0
      AND NOT (COALESCE(s.stream, 'non_interactive') = 'non_interactive' AND COALESCE(s.incoming_token_type, 'refreshToken') = 'refreshToken')
    GROUP BY LOWER(s.session_id), LOWER(s.ip_address), DATE_TRUNC('hour', s.time)
),
uses AS (
    SELECT session, address, hour, first_time, last_time, row_id AS access_row, NULL AS signin_row, subject, mailbox, last_mailbox FROM read_mail
    UNION ALL
    SELECT session, address, hour, first_time, last_time, NULL, row_id, NULL, NULL, NULL FROM signed_in
),
addresses AS (
    SELECT address, MIN(asn) AS asn, MAX(asn) AS last_asn
    FROM (
        SELECT LOWER(ip_address) AS address, asn FROM signins WHERE ip_address IS NOT NULL AND asn IS NOT NULL
        UNION ALL
        SELECT address, NULL AS asn FROM uses
    ) AS seen
    GROUP BY address
),
placed AS (
    SELECT
        a.address, a.asn, a.last_asn,
        CASE WHEN n.network IS NOT NULL THEN 'the /64 ' || SUBSTRING(n.network, 2, 16)
             WHEN a.address LIKE '%:%' THEN NULL
             WHEN a.address LIKE '%._' THEN SUBSTRING(a.address, 1, LENGTH(a.address) - 1) || '0/24'
             WHEN a.address LIKE '%.__' THEN SUBSTRING(a.address, 1, LENGTH(a.address) - 2) || '0/24'
             WHEN a.address LIKE '%.___' THEN SUBSTRING(a.address, 1, LENGTH(a.address) - 3) || '0/24' END AS prefix
    FROM addresses AS a
    LEFT JOIN address_networks AS n ON n.address = a.address
),
systems AS (
    SELECT prefix, MIN(asn) AS asn FROM placed WHERE prefix IS NOT NULL GROUP BY prefix HAVING MIN(asn) = MAX(last_asn)
),
networks AS (
    SELECT p.address, s.asn IS NOT NULL AS is_system, CASE WHEN s.asn IS NOT NULL THEN 'AS' || CAST(s.asn AS TEXT) ELSE p.prefix END AS network
    FROM placed AS p
    LEFT JOIN systems AS s ON s.prefix = p.prefix
    WHERE p.prefix IS NOT NULL
)
SELECT
    u.session, n.network, n.is_system, u.hour, MIN(u.first_time) AS first_time, MAX(u.last_time) AS last_time, MIN(u.access_row) AS access_row,
    MIN(u.signin_row) AS signin_row, MIN(u.subject) AS subject, MIN(u.mailbox) AS mailbox, MAX(u.last_mailbox) AS last_mailbox
FROM uses AS u
JOIN networks AS n ON n.address = u.address
GROUP BY u.session, n.network, n.is_system, u.hour
