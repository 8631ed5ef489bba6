/* The credential behind a mail access was issued by a recorded sign-in.

   Subjects: a token on a mailbox of which an exported mail record names the token or the session; and those of the findings, which name the
   token (in either writing, or as the GUID it encodes) or a session, and then all its tokens. Supported is wrong if one of them was issued
   by nobody, contradicted if all were issued. An issued one could be decided if a record of its sign-in is in an export; a forged one
   only at full coverage with collections that state what they asked for and got, for then no feed can hide the sign-in. */
WITH used AS (
    SELECT unique_token_identifier, mailbox, bool_or(exported AND names_credential) AS is_named
    FROM accesses
    WHERE unique_token_identifier IS NOT NULL AND hash(mailbox) % getvariable('parts') = getvariable('part')
    GROUP BY unique_token_identifier, mailbox
),
credentials AS (
    SELECT t.request_id, t.mailbox, t.unique_token_identifier, lower(t.session_id) AS session_id, t.issued, t.scenario,
           coalesce(u.is_named, FALSE) AS is_named,
           CASE WHEN t.issued THEN t.signin_exported ELSE about.coverage = 'full' AND about.collection_stated END AS is_decidable
    FROM tokens AS t
    CROSS JOIN about
    LEFT JOIN used AS u ON u.unique_token_identifier = t.unique_token_identifier AND u.mailbox = t.mailbox
    WHERE hash(t.mailbox) % getvariable('parts') = getvariable('part')
),
said AS (
    SELECT f.finding_id, f.verdict, f.subject, m.mailbox
    FROM findings AS f LEFT JOIN mailbox_names AS m ON m.name = lower(f.mailbox)
    WHERE f.claim = getvariable('claim') AND f.subject_kind <> 'mailbox' AND hash(coalesce(m.mailbox, '')) % getvariable('parts') = getvariable('part')
),
hits_ AS (
    SELECT s.finding_id, c.request_id, c.mailbox, c.issued, c.scenario, c.is_decidable
    FROM said AS s JOIN credentials AS c ON c.mailbox = s.mailbox AND c.unique_token_identifier = s.subject
    UNION
    SELECT s.finding_id, c.request_id, c.mailbox, c.issued, c.scenario, c.is_decidable
    FROM said AS s JOIN credentials AS c ON c.mailbox = s.mailbox AND c.request_id = lower(s.subject)
    UNION
    SELECT s.finding_id, c.request_id, c.mailbox, c.issued, c.scenario, c.is_decidable
    FROM said AS s JOIN credentials AS c ON c.mailbox = s.mailbox AND base64(encode(c.request_id)) = s.subject
    UNION
    SELECT s.finding_id, c.request_id, c.mailbox, c.issued, c.scenario, c.is_decidable
    FROM said AS s JOIN credentials AS c ON c.mailbox = s.mailbox AND c.session_id = lower(s.subject)
),
judged AS (
    SELECT s.finding_id, s.verdict, max(h.scenario) AS scenario, bool_and(h.issued) AS all_issued, bool_or(h.is_decidable) AS is_decidable,
           coalesce(min(h.request_id) FILTER (WHERE NOT h.issued), min(h.request_id)) AS truth
    FROM said AS s LEFT JOIN hits_ AS h ON h.finding_id = s.finding_id
    GROUP BY s.finding_id, s.verdict
)
SELECT coalesce(scenario, '') AS scenario,
       CASE WHEN verdict = 'undecidable' THEN CASE WHEN is_decidable THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END
            WHEN (verdict = 'supported') = all_issued THEN 'right' ELSE 'wrong' END AS outcome,
       1 AS amount, finding_id, truth,
       CASE WHEN truth IS NULL THEN 'no such token or session was used on this mailbox'
            WHEN verdict = 'supported' THEN 'this token was issued by nobody'
            WHEN verdict = 'contradicted' THEN 'this token was issued'
            ELSE 'what decides it is in an export' END AS why
FROM judged
UNION ALL
SELECT scenario, CASE WHEN is_decidable THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END, 1, NULL, request_id,
       'no finding speaks of this token on ' || mailbox || ', and what decides it is in an export'
FROM credentials AS c
WHERE is_named AND NOT EXISTS (SELECT 1 FROM hits_ AS h WHERE h.request_id = c.request_id AND h.mailbox = c.mailbox)
