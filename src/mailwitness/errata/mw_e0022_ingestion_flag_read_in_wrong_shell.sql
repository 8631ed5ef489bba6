/*
id: MW-E0022
title: The ingestion switch always reads false in one shell
log: settings
effect: false success
from: null
to: null
condition: >
  Get-AdminAuditLogConfig in Security and Compliance PowerShell shows UnifiedAuditLogIngestionEnabled as False whatever
  it is; only Exchange Online PowerShell tells the truth.
recognise: >
  The switch reads false while records of that time exist.
claims: [coverage]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/powershell/module/exchange/set-adminauditlogconfig
*/
SELECT 'tenant_settings' AS table_name, t.row_id, t.valid_from AS time
FROM tenant_settings AS t
WHERE t.setting = 'unified_audit_log_ingestion_enabled' AND LOWER(t.value) = 'false'
  AND EXISTS (SELECT a.row_id FROM audit_events AS a WHERE a.time >= t.valid_from + INTERVAL '1' HOUR AND a.time < t.valid_to)
