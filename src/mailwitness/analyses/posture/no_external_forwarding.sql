/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Does any inbox rule or mailbox setting seen in this case forward mail out of the organisation? Out is certain only for the domains of public mail providers; for any other domain the
  tenant's own domains must be known.
nulls: >
  no forwarding seen is no proof that there is none: rules are exported mailbox by mailbox, hidden ones only when asked for, and whether the service lets forwarded mail out is in
  none of the tables. So this recommendation is never shown to be met.
title: No mail is forwarded out of the organisation
needs: {}
sources:
  - https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/baselines/exo.md (automatic forwarding to external domains)
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a (applies the SCuBA baselines)
  - https://learn.microsoft.com/defender-office-365/outbound-spam-policies-external-email-forwarding
*/
WITH numbered AS (
    SELECT
        f.table_name, f.row_id, f.mailbox, CASE WHEN f.leads_to = 'public' AND f.is_current THEN 'out' ELSE 'unsure' END AS outcome,
        ROW_NUMBER() OVER (PARTITION BY CASE WHEN f.leads_to = 'public' AND f.is_current THEN 'out' ELSE 'unsure' END ORDER BY f.mailbox, f.row_id) AS number
    FROM forwards AS f
    WHERE f.leads_to <> 'own'
),
counted AS (
    SELECT
        SUM(CASE WHEN outcome = 'out' THEN 1 ELSE 0 END) AS out_count, SUM(CASE WHEN outcome = 'unsure' THEN 1 ELSE 0 END) AS unsure_count,
        MIN(CASE WHEN outcome = 'out' THEN mailbox END) AS out_example, MIN(mailbox) AS example,
        CASE WHEN COALESCE(SUM(CASE WHEN outcome = 'out' THEN 1 ELSE 0 END), 0) > 0 THEN 'out' WHEN COUNT(*) > 0 THEN 'unsure' ELSE 'none' END AS outcome
    FROM numbered
)
SELECT
    'cisa-no-external-forwarding' AS subject, LOWER(CAST($mailbox AS TEXT)) AS mailbox, 'No mail is forwarded out of the organisation' AS title,
    CASE c.outcome WHEN 'out' THEN 'configuration' ELSE 'none' END AS basis, CASE c.outcome WHEN 'out' THEN 'high' END AS severity,
    CASE c.outcome WHEN 'out' THEN 'forwards_out' WHEN 'unsure' THEN 'forwards_elsewhere' ELSE 'no_forwarding_seen' END AS code,
    CASE c.outcome WHEN 'out' THEN 'against' ELSE 'open' END AS stance,
    CASE c.outcome
         WHEN 'out' THEN CAST(c.out_count AS TEXT) || ' rules or mailboxes forward mail to a public mail provider, among them one of ' || COALESCE(c.out_example, '(unknown mailbox)')
                         || '. To fix it: Get-HostedOutboundSpamFilterPolicy | Set-HostedOutboundSpamFilterPolicy -AutoForwardingMode Off; and for each Disable-InboxRule, or Set-Mailbox -Identity <mailbox> -ForwardingSmtpAddress $null, after keeping a copy of the rule'
         WHEN 'unsure' THEN CAST(c.unsure_count AS TEXT) || ' rules or mailboxes forward mail to a domain that no mailbox of this case has, to a name that is no address, or did so until a later change, among them one of '
                            || COALESCE(c.example, '(unknown mailbox)') || '.'
         ELSE 'No forwarding out of the domains of this case was seen, which does not prove that there is none.' END AS sentence,
    CASE c.outcome WHEN 'out' THEN NULL WHEN 'unsure' THEN 'Get-AcceptedDomain, and Get-InboxRule -IncludeHidden of these mailboxes as it is now, would decide it.'
                   ELSE 'Get-InboxRule -IncludeHidden of every mailbox, Get-Mailbox -ResultSize Unlimited | Select-Object UserPrincipalName,ForwardingAddress,ForwardingSmtpAddress, and Get-HostedOutboundSpamFilterPolicy would decide it.' END AS would_decide,
    n.table_name, n.row_id, 'forwarding' AS role
FROM counted AS c
LEFT JOIN numbered AS n ON n.outcome = c.outcome AND n.number <= 20
