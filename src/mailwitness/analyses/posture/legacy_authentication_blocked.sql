/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Are clients without modern authentication blocked, for all users and all applications: by a Conditional Access policy that is enabled and blocks them, by one that
  asks everyone and every client for what such a client cannot give, or by security defaults? Judged from the policies as an export shows them, each in its latest state.
  A list of policies is taken for the whole list, as the service gives it.
nulls: >
  a policy whose state or conditions are not known, or that exports show in two states which nothing orders, and whoever is excluded from one, leave the recommendation
  open. Without a policy security defaults may be on, which must be known.
title: Authentication without modern protocols is blocked
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a (applies the SCuBA baselines)
  - https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/baselines/aad.md (legacy authentication)
  - https://learn.microsoft.com/entra/identity/conditional-access/policy-block-legacy-authentication
  - https://learn.microsoft.com/entra/fundamentals/security-defaults
*/
WITH states AS (
    SELECT COALESCE(LOWER(id), LOWER(name)) AS policy, COALESCE(modified_at, time) AS since, row_id, LOWER(state) AS state, LOWER(conditions) AS conditions,
           LOWER(grant_controls) AS grants
    FROM conditional_access_policies
),
latest AS (
    SELECT policy, MAX(since) AS since FROM states GROUP BY policy
),
read AS (
    SELECT
        s.row_id, s.policy,
        CASE WHEN s.state IS NULL OR s.conditions IS NULL THEN 'unknown'
             WHEN s.state <> 'enabled' THEN 'off'
             WHEN s.grants LIKE '%"block"%' AND (s.conditions LIKE '%"exchangeactivesync"%' OR s.conditions LIKE '%"other"%') THEN 'block'
             WHEN s.conditions LIKE '%"clientapptypes":["all"]%'
                  AND (s.grants LIKE '%"mfa"%' OR s.grants LIKE '%"compliantdevice"%' OR s.grants LIKE '%"domainjoineddevice"%' OR s.grants LIKE '%"authenticationstrength":{%')
             THEN 'indirect'
             ELSE 'other' END AS kind,
        COALESCE(s.conditions LIKE '%"exchangeactivesync"%' AND s.conditions LIKE '%"other"%', FALSE) AS is_both_clients,
        COALESCE(s.conditions LIKE '%"includeusers":["all"]%' AND s.conditions LIKE '%"includeapplications":["all"]%'
                 AND s.conditions NOT LIKE '%"includelocations":["%' AND s.conditions NOT LIKE '%"includeplatforms":["%' AND s.conditions NOT LIKE '%risklevels":["%'
                 AND s.conditions NOT LIKE '%"devicefilter":{%', FALSE) AS is_for_all,
        COALESCE(s.conditions LIKE '%"excludeusers":["%' OR s.conditions LIKE '%"excludegroups":["%' OR s.conditions LIKE '%"excluderoles":["%'
                 OR s.conditions LIKE '%"excludeapplications":["%' OR s.conditions LIKE '%"excludelocations":["%' OR s.conditions LIKE '%"excludeplatforms":["%'
                 OR s.conditions LIKE '%"excludeguestsorexternalusers":{%', TRUE) AS has_exclusions
    FROM latest AS l
    JOIN states AS s ON s.policy = l.policy AND (s.since = l.since OR s.since IS NULL)
),
kinds AS (
    SELECT
        policy, MIN(row_id) AS row_id, CASE WHEN MIN(kind) = MAX(kind) THEN MIN(kind) ELSE 'unknown' END AS kind,
        BOOL_AND(is_both_clients) AS is_both_clients, BOOL_AND(is_for_all) AS is_for_all, BOOL_OR(has_exclusions) AS has_exclusions
    FROM read
    GROUP BY policy
),
counted AS (
    SELECT
        COUNT(*) AS policies, SUM(CASE WHEN kind NOT IN ('unknown', 'off') THEN 1 ELSE 0 END) AS enabled, SUM(CASE WHEN kind = 'unknown' THEN 1 ELSE 0 END) AS unknown,
        MIN(CASE WHEN kind = 'block' AND is_both_clients AND is_for_all AND NOT has_exclusions THEN row_id END) AS blocking,
        MIN(CASE WHEN kind = 'indirect' AND is_for_all AND NOT has_exclusions THEN row_id END) AS indirect,
        MIN(CASE WHEN (kind = 'indirect' OR (kind = 'block' AND is_both_clients)) AND is_for_all THEN row_id END) AS excluding,
        MIN(CASE WHEN kind IN ('block', 'indirect') THEN row_id END) AS partly, MIN(row_id) AS any_row
    FROM kinds
),
defaults AS (
    SELECT MIN(value) AS value, MIN(row_id) AS row_id, MIN(seen) AS seen FROM tenant_switches WHERE setting = 'security_defaults_enabled'
),
stances AS (
    SELECT
        c.policies, c.enabled, c.unknown, d.seen,
        CASE WHEN c.blocking IS NOT NULL THEN 'legacy_blocked' WHEN c.indirect IS NOT NULL THEN 'legacy_blocked_indirectly'
             WHEN d.value = 'true' AND COALESCE(c.enabled, 0) = 0 THEN 'security_defaults_on'
             WHEN c.excluding IS NOT NULL THEN 'legacy_block_excludes' WHEN c.partly IS NOT NULL THEN 'legacy_block_partial'
             WHEN c.unknown > 0 THEN 'policies_unknown' WHEN c.enabled > 0 THEN 'legacy_not_blocked'
             WHEN d.value = 'false' AND c.policies > 0 THEN 'nothing_blocks_legacy' WHEN c.policies > 0 THEN 'security_defaults_unknown' ELSE 'policies_unknown' END AS code,
        CASE WHEN d.value = 'true' AND COALESCE(c.enabled, 0) = 0 AND c.blocking IS NULL THEN d.row_id END AS defaults_row,
        COALESCE(c.blocking, c.indirect, c.excluding, c.partly, c.any_row) AS policy_row
    FROM counted AS c
    CROSS JOIN defaults AS d
)
SELECT
    'cisa-legacy-authentication-blocked' AS subject, 'Authentication without modern protocols is blocked' AS title,
    CASE WHEN code IN ('legacy_blocked', 'legacy_blocked_indirectly', 'security_defaults_on', 'legacy_not_blocked', 'nothing_blocks_legacy') THEN 'configuration' ELSE 'none' END AS basis,
    CASE WHEN code IN ('legacy_not_blocked', 'nothing_blocks_legacy') THEN 'high' END AS severity, code,
    CASE WHEN code IN ('legacy_blocked', 'legacy_blocked_indirectly', 'security_defaults_on') THEN 'for'
         WHEN code IN ('legacy_not_blocked', 'nothing_blocks_legacy') THEN 'against' ELSE 'open' END AS stance,
    CASE code
         WHEN 'legacy_blocked' THEN 'An enabled Conditional Access policy blocks Exchange ActiveSync and other clients for all users and all applications.'
         WHEN 'legacy_blocked_indirectly'
         THEN 'An enabled Conditional Access policy asks all users, in all applications and with every kind of client, for what a client without modern authentication cannot give.'
         WHEN 'security_defaults_on' THEN 'Security defaults are on, which block clients without modern authentication.' || COALESCE(seen, '')
         WHEN 'legacy_block_excludes' THEN 'A Conditional Access policy blocks clients without modern authentication for all, but leaves somebody or something out.'
         WHEN 'legacy_block_partial' THEN 'A Conditional Access policy blocks such clients for some users, applications, places or kinds of client; together they need not cover all.'
         WHEN 'legacy_not_blocked'
         THEN 'None of the ' || CAST(enabled AS TEXT) || ' enabled Conditional Access policies of this export blocks clients without modern authentication, and with enabled policies security defaults cannot be on. To fix it: a Conditional Access policy for all users and all resources, client apps Exchange ActiveSync and Other clients, grant Block; first in report-only mode, emergency accounts excluded'
         WHEN 'nothing_blocks_legacy'
         THEN 'No Conditional Access policy of this export is enabled, and security defaults are off.' || COALESCE(seen, '')
              || ' To fix it: Update-MgPolicyIdentitySecurityDefaultEnforcementPolicy -IsEnabled:$true, or a Conditional Access policy that blocks Exchange ActiveSync and Other clients'
         WHEN 'security_defaults_unknown' THEN 'No Conditional Access policy of this export is enabled; whether security defaults are on is not known.'
         ELSE CASE WHEN policies = 0 THEN 'No Conditional Access policy is in this case.' ELSE 'Of ' || CAST(unknown AS TEXT) || ' Conditional Access policies the state is not known.' END END AS sentence,
    CASE code
         WHEN 'legacy_block_excludes' THEN 'Somebody who knows whom the policy leaves out, and why: Get-MgIdentityConditionalAccessPolicy, Conditions.Users and Conditions.Applications.'
         WHEN 'legacy_block_partial' THEN 'The members of the groups that the policies name, held against all users, would decide it.'
         WHEN 'security_defaults_unknown' THEN 'Get-MgPolicyIdentitySecurityDefaultEnforcementPolicy would decide it.'
         WHEN 'policies_unknown' THEN 'GET /identity/conditionalAccess/policies (Get-MgIdentityConditionalAccessPolicy -All) and Get-MgPolicyIdentitySecurityDefaultEnforcementPolicy would decide it.' END AS would_decide,
    CASE WHEN defaults_row IS NOT NULL THEN 'tenant_settings' WHEN policy_row IS NOT NULL THEN 'conditional_access_policies' END AS table_name,
    COALESCE(defaults_row, policy_row) AS row_id, 'policy' AS role
FROM stances
