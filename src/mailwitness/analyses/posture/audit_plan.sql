/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Has every user with a mailbox a service plan of Purview Audit, Premium (M365_ADVANCED_AUDITING) or Standard (M365_AUDIT_PLATFORM)? Shared mailboxes and those of
  groups and rooms are left out: they need no licence of their own, and what is recorded of them without one is not documented.
nulls: a user whose plans no export lists leaves the recommendation open, unless another lacks them. A product without its plans says nothing of them.
title: Every user with a mailbox has a plan of Purview Audit
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
  - https://www.cisa.gov/resources-tools/resources/microsoft-expanded-cloud-logs-implementation-playbook
  - https://learn.microsoft.com/purview/audit-get-started
  - https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
*/
WITH counted AS (
    SELECT
        mailboxes, failed, unknown, example_failed, example_unknown, seen_from, seen_to, seen,
        CASE WHEN failed > 0 THEN 'failed' WHEN unknown > 0 OR mailboxes = 0 THEN 'unknown' ELSE 'met' END AS outcome
    FROM check_counts
    WHERE recommendation = 'cisa-audit-plan'
)
SELECT
    'cisa-audit-plan' AS subject, LOWER(CAST($mailbox AS TEXT)) AS mailbox, 'Every user with a mailbox has a plan of Purview Audit' AS title,
    c.seen_from AS time_from, c.seen_to AS time_to, CASE WHEN c.outcome = 'unknown' THEN 'none' ELSE 'configuration' END AS basis,
    CASE WHEN c.outcome = 'failed' THEN 'medium' END AS severity,
    CASE c.outcome WHEN 'met' THEN 'audit_plan_assigned' WHEN 'failed' THEN 'audit_plan_missing'
                   ELSE CASE WHEN c.mailboxes = 0 THEN 'no_mailbox_known' ELSE 'audit_plan_unknown' END END AS code,
    CASE c.outcome WHEN 'met' THEN 'for' WHEN 'failed' THEN 'against' ELSE 'open' END AS stance,
    CASE c.outcome
         WHEN 'met' THEN 'Each of the ' || CAST(c.mailboxes AS TEXT) || ' users with a mailbox here has a plan of Purview Audit.' || c.seen
         WHEN 'failed'
         THEN CAST(c.failed AS TEXT) || ' of ' || CAST(c.mailboxes AS TEXT) || ' users with a mailbox have no plan of Purview Audit, among them ' || c.example_failed
              || '.' || c.seen || ' To fix it: Set-MgUserLicense -UserId <user> -AddLicenses @{SkuId=''<id of a product with the plan>''} -RemoveLicenses @()'
         ELSE CASE WHEN c.mailboxes = 0 THEN 'No mailbox of a user is known in this case.'
                   ELSE 'The service plans are unknown for ' || CAST(c.unknown AS TEXT) || ' of ' || CAST(c.mailboxes AS TEXT)
                        || ' users with a mailbox, among them ' || c.example_unknown || '; the others have one.' || c.seen END
    END AS sentence,
    CASE WHEN c.outcome = 'unknown' THEN 'Get-MgUser -All -Property UserPrincipalName,AssignedPlans, or GET /users/{id}/licenseDetails, would decide it.' END AS would_decide,
    r.table_name, r.row_id, 'licence' AS role
FROM counted AS c
LEFT JOIN check_rows AS r ON r.recommendation = 'cisa-audit-plan' AND r.outcome = c.outcome
