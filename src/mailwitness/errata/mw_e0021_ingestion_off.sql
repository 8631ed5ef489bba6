/*
id: MW-E0021
title: The unified audit log switched off
log: unified
effect: missing
from: null
to: null
condition: >
  While UnifiedAuditLogIngestionEnabled is false nothing reaches the unified log. The change takes up to an hour.
recognise: >
  Get-AdminAuditLogConfig, or a Set-AdminAuditLogConfig record. Records of this kind that the service itself makes when
  it sets up a tenant do not count.
claims: [coverage, exposure, accuracy, provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/powershell/module/exchange/set-adminauditlogconfig
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/troubleshooting-the-office-365-management-activity-api.md
*/
SELECT 'tenant_settings' AS table_name, row_id, valid_from AS time
FROM tenant_settings
WHERE setting = 'unified_audit_log_ingestion_enabled' AND LOWER(value) = 'false'
