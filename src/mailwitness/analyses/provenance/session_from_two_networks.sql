/*
claim: this session was used from one network at a time
pillar: provenance
subject: session
question: >
  Which sessions that read mail came from two networks within 60 minutes? Two autonomous systems are two networks, whatever the reason: a
  telephone that leaves the Wi-Fi, a VPN switched on or off, a private relay, a company with split egress, or a stolen session. It is shown
  so that somebody looks at it, and is judged as no attack. A session of one network has no finding.
nulls: >
  two address ranges whose autonomous systems are not known may be one network, so they leave it open.
title: Sessions used from two networks within an hour
needs:
  mail_accesses: The unified audit log with MailItemsAccessed records of this mailbox would decide it.
sources:
  - https://learn.microsoft.com/entra/identity/authentication/how-to-authentication-track-linkable-identifiers
  - https://github.com/Azure/Azure-Sentinel (SignInASNMismatchInteractiveVsNonInteractive)
*/
WITH known AS (
    SELECT session, MIN(subject) AS subject, CASE WHEN MIN(mailbox) = MAX(last_mailbox) THEN MIN(mailbox) END AS mailbox
    FROM session_networks
    GROUP BY session
),
meetings AS (
    SELECT
        a.session, a.network, b.network AS other, a.is_system AND b.is_system AS is_two, LEAST(a.first_time, b.first_time) AS time_from,
        GREATEST(a.last_time, b.last_time) AS time_to, a.access_row, a.signin_row, b.access_row AS other_access, b.signin_row AS other_signin
    FROM session_networks AS a
    JOIN session_networks AS b ON b.session = a.session AND b.hour = a.hour AND b.network > a.network
    UNION ALL
    SELECT
        a.session, LEAST(a.network, b.network), GREATEST(a.network, b.network), a.is_system AND b.is_system, a.first_time, b.last_time,
        a.access_row, a.signin_row, b.access_row, b.signin_row
    FROM session_networks AS a
    JOIN session_networks AS b ON b.session = a.session AND b.hour = a.hour + INTERVAL '1' HOUR AND b.network <> a.network
    WHERE b.first_time <= a.last_time + INTERVAL '60' MINUTE
),
pairs AS (
    SELECT
        session, network, other, is_two, MIN(time_from) AS time_from, MAX(time_to) AS time_to, MIN(access_row) AS access_row,
        MIN(signin_row) AS signin_row, MIN(other_access) AS other_access, MIN(other_signin) AS other_signin
    FROM meetings
    GROUP BY session, network, other, is_two
),
decided AS (
    SELECT session, BOOL_OR(is_two) AS is_two FROM pairs GROUP BY session
),
told AS (
    SELECT
        p.session, d.is_two, p.time_from, p.time_to,
        'Within 60 minutes this session came from ' || p.network || ' and ' || p.other
            || CASE WHEN d.is_two THEN '. A telephone between Wi-Fi and a mobile network, a VPN, a private relay and a company''s split egress do the same as a stolen session.'
                    ELSE ', address ranges that may be one network.' END AS sentence,
        p.access_row, p.signin_row, p.other_access, p.other_signin
    FROM pairs AS p
    JOIN decided AS d ON d.session = p.session AND d.is_two = p.is_two
),
rows_of AS (
    SELECT session, is_two, time_from, time_to, sentence, 'mail_accesses' AS table_name, access_row AS row_id FROM told WHERE access_row IS NOT NULL
    UNION ALL
    SELECT session, is_two, time_from, time_to, sentence, 'signins', signin_row FROM told WHERE signin_row IS NOT NULL
    UNION ALL
    SELECT session, is_two, time_from, time_to, sentence, 'mail_accesses', other_access FROM told WHERE other_access IS NOT NULL
    UNION ALL
    SELECT session, is_two, time_from, time_to, sentence, 'signins', other_signin FROM told WHERE other_signin IS NOT NULL
)
SELECT
    'session' AS subject_kind, k.subject, k.mailbox, k.subject AS actor, 'session' AS actor_kind, r.time_from, r.time_to,
    CASE WHEN r.is_two THEN 'record' ELSE 'none' END AS basis,
    CASE WHEN r.is_two THEN 'A session used from two networks within an hour' ELSE 'A session used from two address ranges within an hour' END AS title,
    CASE WHEN r.is_two THEN 'two_networks' ELSE 'networks_unknown' END AS code, CASE WHEN r.is_two THEN 'against' ELSE 'open' END AS stance, r.sentence,
    CASE WHEN NOT r.is_two THEN 'The autonomous systems of these addresses at that time would decide it: sign-ins with autonomousSystemNumber, or a routing register.' END AS would_decide,
    r.table_name, r.row_id, 'use from one of the networks' AS role
FROM rows_of AS r
JOIN known AS k ON k.session = r.session
