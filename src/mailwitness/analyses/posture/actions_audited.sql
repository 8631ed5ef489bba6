/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Does every mailbox audit what an investigation of read mail needs: MailItemsAccessed for owners, delegates and administrators, Send and
  SearchQueryInitiated for owners? A list that an export shows is believed; the set that Microsoft manages holds MailItemsAccessed and Send, and not SearchQueryInitiated,
  which must be added to each mailbox. Mailboxes of groups, rooms, equipment and public folders are left out: they cannot record these.
nulls: a mailbox whose lists nobody saw leaves the recommendation open, unless another mailbox fails it.
title: Mailboxes audit reading, sending and searching
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
  - https://www.cisa.gov/resources-tools/resources/microsoft-expanded-cloud-logs-implementation-playbook
  - https://learn.microsoft.com/purview/audit-mailboxes
  - https://learn.microsoft.com/purview/audit-premium-setup
*/
WITH texts AS (
    SELECT
        'cisa-logs-mailitemsaccessed' AS recommendation, 'MailItemsAccessed' AS action,
        'MailItemsAccessed is recorded in every mailbox, for owners, delegates and administrators' AS title,
        'Set-Mailbox -Identity <mailbox> -DefaultAuditSet Admin,Delegate,Owner (back to the set that Microsoft manages; MW-E0025)' AS fix,
        'Get-Mailbox -ResultSize Unlimited | Select-Object UserPrincipalName,DefaultAuditSet,AuditOwner,AuditDelegate,AuditAdmin would decide it.' AS would_decide
    UNION ALL
    SELECT
        'cisa-logs-send', 'Send', 'Send is recorded for the owner of every mailbox', 'Set-Mailbox -Identity <mailbox> -DefaultAuditSet Owner (back to the set that Microsoft manages; MW-E0025)',
        'Get-Mailbox -ResultSize Unlimited | Select-Object UserPrincipalName,DefaultAuditSet,AuditOwner would decide it.'
    UNION ALL
    SELECT
        'cisa-logs-search', 'SearchQueryInitiated', 'Searches are recorded for the owner of every mailbox',
        'Set-Mailbox -Identity <mailbox> -AuditOwner @{Add=''SearchQueryInitiated''} (opt-in, MW-E0029; this makes the owner''s list a customised one, so it must also hold MailItemsAccessed and Send)',
        'Get-Mailbox -ResultSize Unlimited | Select-Object UserPrincipalName,DefaultAuditSet,AuditOwner would decide it.'
),
stances AS (
    SELECT
        t.recommendation, t.action, t.title, t.fix, t.would_decide, c.mailboxes, c.met, c.failed, c.unknown, c.example_failed, c.example_unknown,
        c.seen_from, c.seen_to, c.seen,
        CASE WHEN c.failed > 0 THEN 'failed' WHEN c.unknown > 0 OR c.mailboxes = 0 THEN 'unknown' ELSE 'met' END AS outcome
    FROM texts AS t
    JOIN check_counts AS c ON c.recommendation = t.recommendation
)
SELECT
    s.recommendation AS subject, LOWER(CAST($mailbox AS TEXT)) AS mailbox, s.title, s.seen_from AS time_from, s.seen_to AS time_to,
    CASE WHEN s.outcome = 'unknown' THEN 'none' ELSE 'configuration' END AS basis,
    CASE WHEN s.outcome = 'failed' THEN CASE s.recommendation WHEN 'cisa-logs-mailitemsaccessed' THEN 'high' ELSE 'medium' END END AS severity,
    CASE s.outcome WHEN 'met' THEN 'action_audited' WHEN 'failed' THEN 'action_not_audited'
                   ELSE CASE WHEN s.mailboxes = 0 THEN 'no_mailbox_known' ELSE 'action_audit_unknown' END END AS code,
    CASE s.outcome WHEN 'met' THEN 'for' WHEN 'failed' THEN 'against' ELSE 'open' END AS stance,
    CASE s.outcome
         WHEN 'met' THEN s.action || ' is audited in each of the ' || CAST(s.mailboxes AS TEXT) || ' mailboxes known here.' || s.seen
         WHEN 'failed'
         THEN s.action || ' is not audited in ' || CAST(s.failed AS TEXT) || ' of ' || CAST(s.mailboxes AS TEXT) || ' mailboxes, among them '
              || s.example_failed || ' (' || CAST(s.unknown AS TEXT) || ' unknown).' || s.seen || ' To fix it: ' || s.fix
         ELSE CASE WHEN s.mailboxes = 0 THEN 'No mailbox is known in this case.'
                   ELSE 'Whether ' || s.action || ' is audited is unknown for ' || CAST(s.unknown AS TEXT) || ' of ' || CAST(s.mailboxes AS TEXT)
                        || ' mailboxes, among them ' || s.example_unknown || '; for the others it is.' || s.seen END
    END AS sentence,
    CASE WHEN s.outcome = 'unknown' THEN s.would_decide END AS would_decide,
    r.table_name, r.row_id, 'mailbox' AS role
FROM stances AS s
LEFT JOIN check_rows AS r ON r.recommendation = s.recommendation AND r.outcome = s.outcome
