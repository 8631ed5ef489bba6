/*
row: >
  one legacy success that could read mail, with the times of what lies around it and belongs to no success by its own record: accesses by its client
  from its address (same), accesses that may be by its client or from its address (unclear), accesses by its client from elsewhere (elsewhere; not those
  that belong to another success), and signs that its client was let in from its address (connected). last_ is the latest up to it, next_
  the earliest from it on; loose_ leaves out what belongs to another success; undated_row is an access without a time.
nulls: no such act is a null time; an address that is unknown on either side is unclear.
kept: true
*/
WITH tied AS (
    SELECT row_id, MIN(how) AS how FROM signin_mail GROUP BY row_id
),
loose AS (
    SELECT
        a.row_id, a.person, a.client, a.network, a.time, t.row_id IS NOT NULL AS is_tied,
        CASE WHEN NOT a.is_certain OR a.network IS NULL THEN 'unclear' WHEN a.is_access THEN 'access' ELSE 'connected' END AS kind
    FROM client_acts AS a
    LEFT JOIN tied AS t ON t.row_id = a.row_id
    WHERE a.issuer IS NULL AND (a.is_access OR a.is_own)
),
undated AS (
    SELECT person, client, MIN(row_id) AS row_id FROM loose WHERE time IS NULL GROUP BY person, client
),
successes AS (
    SELECT signin, row_id, person, client, network, time FROM legacy_successes WHERE reads_mail AND time IS NOT NULL AND person IS NOT NULL
),
events AS (
    SELECT person, client, network, time, row_id, signin, 'success' AS kind, FALSE AS is_tied FROM successes
    UNION ALL
    SELECT person, client, network, time, row_id, NULL AS signin, kind, is_tied FROM loose WHERE time IS NOT NULL
),
at_address AS (
    SELECT
        signin,
        MAX(CASE WHEN kind = 'access' THEN time END) OVER (
            PARTITION BY person, client, network ORDER BY time, row_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_same,
        MIN(CASE WHEN kind = 'access' THEN time END) OVER (
            PARTITION BY person, client, network ORDER BY time, row_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_same,
        MAX(CASE WHEN kind = 'access' AND NOT is_tied THEN time END) OVER (
            PARTITION BY person, client, network ORDER BY time, row_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_loose,
        MIN(CASE WHEN kind = 'access' AND NOT is_tied THEN time END) OVER (
            PARTITION BY person, client, network ORDER BY time, row_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_loose,
        MAX(CASE WHEN kind = 'connected' THEN time END) OVER (
            PARTITION BY person, client, network ORDER BY time, row_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_connected,
        MIN(CASE WHEN kind = 'connected' THEN time END) OVER (
            PARTITION BY person, client, network ORDER BY time, row_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_connected
    FROM events
),
anywhere AS (
    SELECT
        signin,
        MAX(CASE WHEN kind = 'unclear' THEN time END) OVER (
            PARTITION BY person, client ORDER BY time, row_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_unclear,
        MIN(CASE WHEN kind = 'unclear' THEN time END) OVER (
            PARTITION BY person, client ORDER BY time, row_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_unclear,
        MAX(CASE WHEN kind = 'access' AND NOT is_tied THEN time END) OVER (
            PARTITION BY person, client ORDER BY time, row_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_elsewhere,
        MIN(CASE WHEN kind = 'access' AND NOT is_tied THEN time END) OVER (
            PARTITION BY person, client ORDER BY time, row_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_elsewhere
    FROM events
)
SELECT
    s.signin, h.last_same, h.next_same, h.last_loose, h.next_loose, h.last_connected, h.next_connected, w.last_unclear, w.next_unclear,
    w.last_elsewhere, w.next_elsewhere, u.row_id AS undated_row
FROM successes AS s
JOIN at_address AS h ON h.signin = s.signin
JOIN anywhere AS w ON w.signin = s.signin
LEFT JOIN undated AS u ON u.person = s.person AND u.client = s.client
