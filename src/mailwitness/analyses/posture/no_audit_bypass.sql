/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Is any account exempt from mailbox auditing? What such an account does in any mailbox is not recorded. Judged for the accounts of people's mailboxes in
  this case, and for every account of which it was seen whether it is.
nulls: a person's account of which nobody asked leaves the recommendation open, unless another is exempt.
title: No account is exempt from mailbox auditing
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
  - https://www.cisa.gov/resources-tools/resources/microsoft-expanded-cloud-logs-implementation-playbook
  - https://learn.microsoft.com/powershell/module/exchange/set-mailboxauditbypassassociation
*/
WITH counted AS (
    SELECT
        mailboxes, failed, unknown, example_failed, example_unknown, seen_from, seen_to, seen,
        CASE WHEN failed > 0 THEN 'failed' WHEN unknown > 0 OR mailboxes = 0 THEN 'unknown' ELSE 'met' END AS outcome
    FROM check_counts
    WHERE recommendation = 'cisa-no-audit-bypass'
)
SELECT
    'cisa-no-audit-bypass' AS subject, LOWER(CAST($mailbox AS TEXT)) AS mailbox, 'No account is exempt from mailbox auditing' AS title,
    c.seen_from AS time_from, c.seen_to AS time_to, CASE WHEN c.outcome = 'unknown' THEN 'none' ELSE 'configuration' END AS basis,
    CASE WHEN c.outcome = 'failed' THEN 'high' END AS severity,
    CASE c.outcome WHEN 'met' THEN 'none_bypasses' WHEN 'failed' THEN 'account_bypasses'
                   ELSE CASE WHEN c.mailboxes = 0 THEN 'no_mailbox_known' ELSE 'bypass_unknown' END END AS code,
    CASE c.outcome WHEN 'met' THEN 'for' WHEN 'failed' THEN 'against' ELSE 'open' END AS stance,
    CASE c.outcome
         WHEN 'met' THEN 'None of the ' || CAST(c.mailboxes AS TEXT) || ' accounts known here is exempt from mailbox auditing.' || c.seen
         WHEN 'failed'
         THEN CAST(c.failed AS TEXT) || ' of ' || CAST(c.mailboxes AS TEXT) || ' accounts are exempt from mailbox auditing, among them ' || c.example_failed
              || ': nothing they do in any mailbox is recorded (MW-E0019).' || c.seen
              || ' To fix it: Set-MailboxAuditBypassAssociation -Identity <account> -AuditBypassEnabled $false'
         ELSE CASE WHEN c.mailboxes = 0 THEN 'No mailbox is known in this case.'
                   ELSE 'Whether an account is exempt from mailbox auditing is unknown for ' || CAST(c.unknown AS TEXT) || ' of ' || CAST(c.mailboxes AS TEXT)
                        || ' accounts, among them ' || c.example_unknown || '; no other is.' || c.seen END
    END AS sentence,
    CASE WHEN c.outcome = 'unknown' THEN 'Get-MailboxAuditBypassAssociation -ResultSize Unlimited | Select-Object Identity,AuditBypassEnabled would decide it.' END AS would_decide,
    r.table_name, r.row_id, 'account' AS role
FROM counted AS c
LEFT JOIN check_rows AS r ON r.recommendation = 'cisa-no-audit-bypass' AND r.outcome = c.outcome
