/*
row: >
  one hour in which one session was used from one network, by mail access or by sign-in. Only sessions that read mail and have two networks or
  more. A network is the autonomous system that sign-ins name for the address or for its neighbours in its /24 or /64, or else that /24 or /64
  alone (is_system says which). Left out: Microsoft's servers, which act for the session, and refreshes, which may show the address of the
  first issue (MW-E0041).
nulls: an unknown address, session or time is no use.
sources: [https://learn.microsoft.com/entra/identity/monitoring-health/concept-noninteractive-sign-ins]
kept: true
*/
WITH mail AS (
    SELECT access_id AS row_id, LOWER(session) AS session, session AS subject, LOWER(client_ip) AS address, time, mailbox
    FROM actor_accesses
    WHERE session IS NOT NULL AND time IS NOT NULL AND NOT is_microsoft_service
),
signed_in AS (
    SELECT row_id, LOWER(session_id) AS session, LOWER(ip_address) AS address, time
    FROM signins
    WHERE ip_address IS NOT NULL AND time IS NOT NULL AND session_id IS NOT NULL AND COALESCE(error_code, 0) = 0
      AND NOT (COALESCE(stream, 'non_interactive') = 'non_interactive' AND COALESCE(incoming_token_type, 'refreshToken') = 'refreshToken')
),
seen AS (
    SELECT session, address, TRUE AS by_mail FROM mail GROUP BY session, address
    UNION ALL
    SELECT session, address, FALSE AS by_mail FROM signed_in GROUP BY session, address
),
addresses AS (
    SELECT address, MIN(asn) AS asn, MAX(asn) AS last_asn
    FROM (
        SELECT LOWER(ip_address) AS address, asn FROM signins WHERE ip_address IS NOT NULL AND asn IS NOT NULL
        UNION ALL
        SELECT address, NULL AS asn FROM seen
    ) AS named
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
),
roaming AS (
    SELECT s.session
    FROM seen AS s
    JOIN networks AS n ON n.address = s.address
    GROUP BY s.session
    HAVING MIN(n.network) < MAX(n.network) AND BOOL_OR(s.by_mail)
),
uses AS (
    SELECT session, address, time, row_id AS access_row, NULL AS signin_row, subject, mailbox
    FROM mail
    WHERE session IN (SELECT session FROM roaming)
    UNION ALL
    SELECT session, address, time, NULL, row_id, NULL, NULL
    FROM signed_in
    WHERE session IN (SELECT session FROM roaming)
)
SELECT
    u.session, n.network, n.is_system, DATE_TRUNC('hour', u.time) AS hour, MIN(u.time) AS first_time, MAX(u.time) AS last_time,
    MIN(u.access_row) AS access_row, MIN(u.signin_row) AS signin_row, MIN(u.subject) AS subject, MIN(u.mailbox) AS mailbox,
    MAX(u.mailbox) AS last_mailbox
FROM uses AS u
JOIN networks AS n ON n.address = u.address
GROUP BY u.session, n.network, n.is_system, DATE_TRUNC('hour', u.time)
