/*
claim: this recommendation is met
pillar: posture
subject: recommendation
question: >
  Is the tenant set to record at all? The unified audit log must be filled, and mailbox auditing must not be switched off for the organisation. Both
  are judged as they were last seen; the sentence says when that was.
nulls: a switch that nobody saw, or that was seen in two ways at one moment, leaves the recommendation open.
title: The tenant records what happens in it
needs: {}
sources:
  - https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-193a
  - https://www.cisa.gov/resources-tools/resources/microsoft-expanded-cloud-logs-implementation-playbook
  - https://github.com/cisagov/ScubaGear/blob/main/PowerShell/ScubaGear/baselines/exo.md (mailbox auditing, audit logging)
  - https://learn.microsoft.com/powershell/module/exchange/get-adminauditlogconfig
  - https://learn.microsoft.com/purview/audit-mailboxes
*/
WITH recommendations AS (
    SELECT
        'cisa-unified-audit-log-on' AS recommendation, 'unified_audit_log_ingestion_enabled' AS setting, 'true' AS wanted,
        'The unified audit log is switched on' AS title,
        'The unified audit log is being filled (UnifiedAuditLogIngestionEnabled is True).' AS yes,
        'The unified audit log is switched off (UnifiedAuditLogIngestionEnabled is False): nothing of any service is recorded in it. A reading from Security & Compliance PowerShell always says False (MW-E0022). To fix it: Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true' AS no,
        'Get-AdminAuditLogConfig | Format-List UnifiedAuditLogIngestionEnabled, run in Exchange Online PowerShell, would decide it.' AS would_decide
    UNION ALL
    SELECT
        'cisa-mailbox-auditing-on', 'audit_disabled', 'false', 'Mailbox auditing is on for the organisation',
        'Mailbox auditing is on for the organisation (AuditDisabled is False).',
        'Mailbox auditing is off for the whole organisation (AuditDisabled is True): no mailbox is audited, whatever its own settings say (MW-E0020). To fix it: Set-OrganizationConfig -AuditDisabled $false',
        'Get-OrganizationConfig | Format-List AuditDisabled would decide it.'
)
SELECT
    r.recommendation AS subject, r.title, s.seen_on AS time_from, s.seen_on AS time_to,
    CASE WHEN s.value IN ('true', 'false') THEN 'configuration' ELSE 'none' END AS basis,
    CASE WHEN s.value IN ('true', 'false') AND s.value <> r.wanted THEN 'high' END AS severity,
    CASE WHEN s.value = r.wanted THEN 'recording_on' WHEN s.value IN ('true', 'false') THEN 'recording_off'
         WHEN s.row_id IS NOT NULL THEN 'switch_disputed' ELSE 'switch_unknown' END AS code,
    CASE WHEN s.value = r.wanted THEN 'for' WHEN s.value IN ('true', 'false') THEN 'against' ELSE 'open' END AS stance,
    CASE WHEN s.value = r.wanted THEN r.yes || s.seen WHEN s.value IN ('true', 'false') THEN r.no || '.' || s.seen
         WHEN s.row_id IS NOT NULL THEN 'What was seen of this switch contradicts itself.' || s.seen
         ELSE 'Nothing in this case says how this switch stands.' END AS sentence,
    CASE WHEN s.value IN ('true', 'false') THEN NULL ELSE r.would_decide END AS would_decide,
    CASE WHEN s.row_id IS NOT NULL THEN 'tenant_settings' END AS table_name, s.row_id, 'setting' AS role
FROM recommendations AS r
LEFT JOIN tenant_switches AS s ON s.setting = r.setting
