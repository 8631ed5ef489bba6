/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Are IMAP, POP and SMTP AUTH off in the mailboxes that do not use them? A mailbox uses one if, in this case, its user signed in with success by it, or its mail was
  read by it; whoever that was. Not used is said only where interactive and non-interactive sign-ins of the last 30 days are in the case whole, and never of a
  shared mailbox, into which others sign in.
nulls: >
  a switch that nobody saw, or a use that the sign-ins cannot exclude, leaves the recommendation open, unless another mailbox fails it. An application that signs in
  for itself is in neither of these logs.
title: Mail protocols are off where nobody uses them
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a (applies the SCuBA baselines)
  - https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/baselines/exo.md (SMTP AUTH)
  - https://learn.microsoft.com/powershell/module/exchange/set-casmailbox
  - https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission
*/
WITH texts AS (
    SELECT 'cisa-imap-off-where-unused' AS recommendation, 'IMAP' AS protocol, '-ImapEnabled $false' AS parameter, 'ImapEnabled' AS property
    UNION ALL
    SELECT 'cisa-pop-off-where-unused', 'POP', '-PopEnabled $false', 'PopEnabled'
    UNION ALL
    SELECT 'cisa-smtp-auth-off-where-unused', 'SMTP AUTH', '-SmtpClientAuthenticationDisabled $true', 'SmtpClientAuthenticationDisabled'
),
stances AS (
    SELECT
        t.recommendation, t.protocol, t.parameter, t.property, c.mailboxes, c.failed, c.unknown, c.use_unknown, c.used, c.example_failed, c.example_unknown,
        c.seen_from, c.seen_to, c.seen,
        CASE WHEN c.failed > 0 THEN 'failed' WHEN c.unknown > 0 OR c.mailboxes = 0 THEN 'unknown' ELSE 'met' END AS outcome
    FROM texts AS t
    JOIN check_counts AS c ON c.recommendation = t.recommendation
)
SELECT
    s.recommendation AS subject, LOWER(CAST($mailbox AS TEXT)) AS mailbox, s.protocol || ' is off in mailboxes that do not use it' AS title,
    s.seen_from AS time_from, s.seen_to AS time_to, CASE WHEN s.outcome = 'unknown' THEN 'none' ELSE 'configuration' END AS basis,
    CASE WHEN s.outcome = 'failed' THEN 'low' END AS severity,
    CASE s.outcome WHEN 'met' THEN 'protocol_off_where_unused' WHEN 'failed' THEN 'protocol_on_and_unused'
                   ELSE CASE WHEN s.mailboxes = 0 THEN 'no_mailbox_known' WHEN s.use_unknown > 0 THEN 'protocol_use_unknown' ELSE 'protocol_unknown' END END AS code,
    CASE s.outcome WHEN 'met' THEN 'for' WHEN 'failed' THEN 'against' ELSE 'open' END AS stance,
    CASE s.outcome
         WHEN 'met' THEN s.protocol || ' is off in ' || CAST(s.mailboxes - s.used AS TEXT) || ' of ' || CAST(s.mailboxes AS TEXT) || ' mailboxes; '
                         || CAST(s.used AS TEXT) || ' use it. A use may be an intruder''s.' || s.seen
         WHEN 'failed'
         THEN s.protocol || ' is on in ' || CAST(s.failed AS TEXT) || ' of ' || CAST(s.mailboxes AS TEXT)
              || ' mailboxes without a successful sign-in or a mail access by it, among them ' || s.example_failed || ' (' || CAST(s.used AS TEXT) || ' use it, '
              || CAST(s.unknown AS TEXT) || ' unknown).' || s.seen || ' To fix it: Set-CASMailbox -Identity <mailbox> ' || s.parameter
         ELSE CASE WHEN s.mailboxes = 0 THEN 'No mailbox is known in this case.'
                   WHEN s.use_unknown > 0
                   THEN s.protocol || ' is on in ' || CAST(s.use_unknown AS TEXT) || ' of ' || CAST(s.mailboxes AS TEXT) || ' mailboxes, among them ' || s.example_unknown
                        || ', without use in this case; the sign-ins in it cannot exclude one.' || s.seen
                   ELSE 'Whether ' || s.protocol || ' is on is unknown for ' || CAST(s.unknown AS TEXT) || ' of ' || CAST(s.mailboxes AS TEXT)
                        || ' mailboxes, among them ' || s.example_unknown || '.' || s.seen END
    END AS sentence,
    CASE WHEN s.outcome <> 'unknown' THEN NULL
         WHEN s.use_unknown > 0
         THEN 'Interactive and non-interactive sign-ins of the last 30 days, with a statement that they are whole (collection statement), would decide it; for shared mailboxes, whoever runs them.'
         ELSE 'Get-CASMailbox -ResultSize Unlimited | Select-Object PrimarySmtpAddress,' || s.property
              || CASE s.property WHEN 'SmtpClientAuthenticationDisabled' THEN ', and Get-TransportConfig for mailboxes that inherit it,' ELSE '' END || ' would decide it.' END AS would_decide,
    r.table_name, r.row_id, 'mailbox' AS role
FROM stances AS s
LEFT JOIN check_rows AS r ON r.recommendation = s.recommendation AND r.outcome = s.outcome
