/*
row: >
  one mail access that belongs to one legacy success. how: token (the record names the sign-in's token), or address (it names none; same
  person, protocol and address, and nothing else can stand behind it). Exchange keeps a password's success for up to 24 hours, so an access can follow without
  a row of its own; a token of modern authentication lives up to 28 hours; and a row may be missing in the case. So an access belongs to none where a
  rival's token may still live. Else it belongs to the latest success before it only if: they lie within
  2 minutes and no other success of that address lies within an hour, in a protocol that modern clients rarely speak (IMAP, POP; then a label that names no protocol does too); or
  both sign-in logs are proven to be in the case whole, and it lies within 2 minutes of one success alone, or the success is the only one of 24 hours.
kept: true
sources:
  - https://learn.microsoft.com/archive/blogs/exchangeteamjp/authentication-cache-for-exchange-online-and-outlook-2
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
*/
WITH events AS (
    SELECT person, client, network, time, row_id, 0 AS place, signin, is_named, is_unnamed, is_lasting
    FROM signins_behind_mail
    UNION ALL
    SELECT person, client, network, time, row_id, 1 AS place, NULL AS signin, FALSE AS is_named, FALSE AS is_unnamed, FALSE AS is_lasting
    FROM client_acts
    WHERE is_access AND is_own AND is_certain AND NOT names_token AND network IS NOT NULL AND time IS NOT NULL
),
numbered AS (
    SELECT
        person, client, network, time, row_id, place, signin, is_named, is_unnamed, is_lasting,
        SUM(1 - place) OVER (PARTITION BY person, client, network ORDER BY time, place, row_id) AS turn
    FROM events
),
paced AS (
    SELECT
        person, client, network, turn, signin, is_named, is_unnamed, time,
        LAG(time) OVER (PARTITION BY person, client, network ORDER BY time, row_id) AS time_before,
        MAX(CASE WHEN is_lasting THEN time END) OVER (
            PARTITION BY person, client, network ORDER BY time, row_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS rival_before,
        LEAD(time) OVER (PARTITION BY person, client, network ORDER BY time, row_id) AS time_after
    FROM numbered
    WHERE place = 0
),
whole AS (
    SELECT GREATEST(i.valid_from, n.valid_from) AS valid_from, LEAST(i.valid_to, n.valid_to) AS valid_to
    FROM feed_stretches AS i
    JOIN feed_stretches AS n ON n.feed = 'signins_non_interactive' AND n.valid_from < i.valid_to AND n.valid_to > i.valid_from
    WHERE i.feed = 'signins_interactive'
),
nearest AS (
    SELECT
        a.row_id, p.signin, p.client, p.is_named, a.time - INTERVAL '2' MINUTE <= p.time AS is_near,
        COALESCE(p.time_before < a.time - INTERVAL '2' MINUTE, TRUE) AS is_alone_nearby,
        COALESCE(p.time_before < p.time - INTERVAL '1' HOUR, TRUE) AND COALESCE(p.time_after > p.time + INTERVAL '1' HOUR, TRUE) AS is_isolated,
        COALESCE(p.time_before < a.time - INTERVAL '24' HOUR, TRUE) AS is_alone,
        day.valid_from IS NOT NULL AS is_day_whole, minutes.valid_from IS NOT NULL AS is_nearby_whole
    FROM numbered AS a
    JOIN paced AS p
      ON p.person = a.person AND p.client = a.client AND p.network = a.network AND p.turn = a.turn
     AND p.time >= a.time - INTERVAL '24' HOUR AND COALESCE(p.time_after > a.time + INTERVAL '2' MINUTE, TRUE)
    LEFT JOIN whole AS day ON day.valid_from <= a.time - INTERVAL '24' HOUR AND day.valid_to > a.time + INTERVAL '2' MINUTE
    LEFT JOIN whole AS minutes ON minutes.valid_from <= a.time - INTERVAL '2' MINUTE AND minutes.valid_to > a.time + INTERVAL '2' MINUTE
    WHERE a.place = 1 AND (p.is_named OR p.is_unnamed) AND COALESCE(p.rival_before < a.time - INTERVAL '28' HOUR, TRUE)
)
SELECT n.signin, n.row_id, 'address' AS how
FROM nearest AS n
WHERE (n.is_near AND n.is_isolated AND n.client IN ('imap', 'pop'))
   OR (n.is_named AND n.is_near AND n.is_alone_nearby AND n.is_nearby_whole)
   OR (n.is_named AND n.is_alone AND n.is_day_whole)
UNION
SELECT l.signin, a.row_id, 'token' AS how
FROM legacy_successes AS l
JOIN mail_accesses AS a ON LOWER(a.issuing_signin_id) = l.signin
UNION
SELECT l.signin, a.row_id, 'token' AS how
FROM legacy_successes AS l
JOIN mail_accesses AS a ON a.unique_token_id = l.unique_token_identifier
