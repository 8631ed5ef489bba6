/* A logged success of a legacy protocol obtained mail.

   Subjects: sign-ins of people with error code 0 under the label of a legacy protocol, of which an export of the sign-in log has a row; and
   those of the findings. Supported is right if its token or its connection was used on mail, contradicted if it was not. Where it
   was, it could be decided if a mail access of it is in an export. Where it was not, if settings are in an export, a collection states
   what it asked for and got, no records were lost at random, and one of this holds: the label is of SMTP, which cannot read mail;
   the protocol of the label was off for that mailbox at that moment; the mailbox was recorded and exported at that moment. */
WITH used AS (
    SELECT signin_id, bool_or(exported) AS is_mail_exported
    FROM accesses WHERE signin_id IS NOT NULL AND hash(lower(signin_id)) % getvariable('parts') = getvariable('part') GROUP BY signin_id
),
labelled AS (
    SELECT s.signin_id, s.time, s.scenario, s.obtained_mail, s.error_code, s.exported_streams, s.user_principal_name, m.mailbox,
           lower(s.client_app_used) AS label,
           CASE WHEN s.client_app_used ILIKE '%imap%' THEN 'ImapEnabled' WHEN s.client_app_used ILIKE '%pop%' THEN 'PopEnabled'
                WHEN s.client_app_used ILIKE '%activesync%' THEN 'ActiveSyncEnabled'
                WHEN s.client_app_used ILIKE '%web services%' THEN 'EwsEnabled' END AS switch
    FROM signins AS s
    LEFT JOIN mailbox_names AS m ON m.name = lower(s.user_principal_name)
    WHERE hash(lower(s.signin_id)) % getvariable('parts') = getvariable('part')
),
subjects_ AS (
    SELECT l.*, l.error_code = 0 AND l.user_principal_name IS NOT NULL AND len(list_filter(l.exported_streams, lambda s: s <> 'unified')) > 0
               AND l.label NOT IN ('', 'browser', 'mobile apps and desktop clients') AS is_subject,
           CASE WHEN l.obtained_mail THEN coalesce(u.is_mail_exported, FALSE)
                ELSE about.settings_exported AND about.collection_stated AND about.coverage <> 'loss20'
                     AND (l.label LIKE '%smtp%' OR coalesce(o.value = 'False', FALSE) OR coalesce(c.exported_state = 'recorded', FALSE))
                END AS is_decidable
    FROM labelled AS l
    CROSS JOIN about
    LEFT JOIN used AS u ON u.signin_id = l.signin_id
    LEFT JOIN settings AS o ON o.subject = l.mailbox AND o.name = l.switch
        AND (o.valid_from IS NULL OR o.valid_from <= l.time) AND (o.valid_to IS NULL OR l.time < o.valid_to)
    LEFT JOIN coverage AS c ON c.mailbox = l.mailbox AND c.time_from <= l.time AND l.time < c.time_to
),
said AS (
    SELECT finding_id, verdict, lower(subject) AS signin_id FROM findings WHERE claim = getvariable('claim') AND subject_kind <> 'mailbox'
      AND hash(lower(subject)) % getvariable('parts') = getvariable('part')
)
SELECT coalesce(t.scenario, '') AS scenario,
       CASE WHEN f.verdict = 'undecidable' THEN
                CASE WHEN t.is_decidable THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END
            WHEN (f.verdict = 'supported') = t.obtained_mail THEN 'right' ELSE 'wrong' END AS outcome,
       1 AS amount, f.finding_id, t.signin_id AS truth,
       CASE WHEN t.signin_id IS NULL THEN 'no such sign-in was asked for'
            WHEN f.verdict = 'supported' THEN 'neither its token nor its connection was used on mail'
            WHEN f.verdict = 'contradicted' THEN 'its token or its connection was used on mail'
            ELSE 'what decides it is in an export' END AS why
FROM said AS f LEFT JOIN subjects_ AS t ON lower(t.signin_id) = f.signin_id
UNION ALL
SELECT t.scenario, CASE WHEN t.is_decidable THEN 'undecidable_though_decidable' ELSE 'undecidable_rightly' END, 1, NULL, t.signin_id,
       'no finding speaks of this sign-in of ' || t.user_principal_name || ', and what decides it is in an export'
FROM subjects_ AS t
WHERE t.is_subject AND NOT EXISTS (SELECT 1 FROM said AS f WHERE f.signin_id = lower(t.signin_id))
