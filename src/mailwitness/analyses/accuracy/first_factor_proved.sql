/*
claim: the first factor of this sign-in was right
pillar: accuracy
subject: signin
question: >
  A failed sign-in can prove that the password is known, and a success of an old protocol does. Which sign-ins prove that their first factor (the
  password, or what stood for it) was right, and which hide it? Equal ones are one finding: those of one user from one address with one code; and
  where the code hides it, those of one user with one code. Its subject is the first of them, its time reaches to the last, and every
  row that proves it is named. Refusals are told only of a user and address from which the first factor was right too: a spray of refused
  passwords alone makes no finding.
nulls: >
  a code that is null or that knowledge/signin_error_codes.csv does not list says nothing, and there is no finding. A hidden first factor is open, never
  wrong.
title: First factor
needs:
  signins: The sign-in logs (interactive and non-interactive) of this time, or the logons of the unified audit log, would decide it.
sources:
  - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
  - https://learn.microsoft.com/entra/identity/conditional-access/overview
  - https://github.com/invictus-ir/o365_dataset (counted in auditrecords.7z)
*/
WITH proved AS (
    SELECT DISTINCT person, place FROM signin_readings WHERE stance = 'for'
),
kept AS (
    SELECT r.row_id, r.signin, r.subject, r.time, r.person, r.address, r.code, r.code_name, r.reading, r.erratum, r.by_session, r.stance, r.disputed, r.place
    FROM signin_readings AS r
    LEFT JOIN proved AS p ON p.person = r.person AND p.place = r.place
    WHERE r.stance <> 'against' OR r.disputed <> '' OR p.person IS NOT NULL
),
bundles AS (
    SELECT
        person, place, code, code_name, by_session, stance, disputed, COUNT(DISTINCT signin) AS signins, COUNT(DISTINCT address) AS addresses,
        MIN(erratum) AS erratum
    FROM kept
    GROUP BY person, place, code, code_name, by_session, stance, disputed
),
placed AS (
    SELECT
        row_id, subject, time, person, place, code, code_name, reading, by_session, stance, disputed,
        ROW_NUMBER() OVER (PARTITION BY person, place, code, code_name, by_session, stance, disputed ORDER BY time, row_id) AS number,
        LEAD(row_id) OVER (PARTITION BY person, place, code, code_name, by_session, stance, disputed ORDER BY time, row_id) AS row_after
    FROM kept
)
SELECT
    'signin' AS subject_kind, CASE WHEN f.disputed = '' THEN f.subject ELSE f.disputed END AS subject,
    NULLIF(f.person, '') AS mailbox, NULLIF(f.person, '') AS actor, 'user' AS actor_kind, r.time AS time_from, r.time AS time_to,
    CASE r.stance WHEN 'open' THEN 'none' ELSE 'record' END AS basis,
    CASE f.disputed WHEN '' THEN CASE r.stance WHEN 'for' THEN 'First factor right: ' WHEN 'against' THEN 'First factor refused: ' ELSE 'First factor hidden: ' END
                                 || r.code_name
                    ELSE 'First factor: rows of one sign-in disagree' END AS title,
    CASE WHEN r.stance = 'against' THEN 'first_factor_refused' WHEN r.stance = 'open' THEN 'first_factor_hidden' WHEN r.code = 0 THEN 'legacy_success'
         WHEN r.by_session THEN 'session_right' ELSE 'first_factor_right' END AS code,
    r.stance,
    CASE r.code WHEN 0 THEN r.code_name || ': ' ELSE CAST(r.code AS TEXT) || ' ' || r.code_name || ': ' END || r.reading
        || CASE WHEN r.by_session AND r.stance = 'for' THEN ' What stood for it was an earlier session or token: nothing shows that a password was typed.' ELSE '' END
        || COALESCE(' (' || b.erratum || ')', '')
        || CASE WHEN b.signins > 1 THEN ' ' || CAST(b.signins AS TEXT) || ' sign-ins'
                || CASE WHEN r.stance = 'open' THEN ' from ' || CAST(b.addresses AS TEXT) || ' addresses.' ELSE ' from this address.' END ELSE '' END AS sentence,
    CASE r.stance WHEN 'open' THEN 'Nothing in this row: another sign-in of this user from the same source with a code that does not hide it, or the password that was tried, would decide it.'
        END AS would_decide,
    'signins' AS table_name, r.row_id, 'signin' AS role
FROM placed AS r
JOIN placed AS f
  ON f.person = r.person AND f.place = r.place AND f.code = r.code AND f.code_name = r.code_name AND f.by_session = r.by_session AND f.stance = r.stance
 AND f.disputed = r.disputed AND f.number = 1
JOIN bundles AS b
  ON b.person = r.person AND b.place = r.place AND b.code = r.code AND b.code_name = r.code_name AND b.by_session = r.by_session AND b.stance = r.stance
 AND b.disputed = r.disputed
WHERE r.stance = 'for' OR r.number = 1 OR r.row_after IS NULL
