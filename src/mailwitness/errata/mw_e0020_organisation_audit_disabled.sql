/*
id: MW-E0020
title: Mailbox auditing switched off for the whole organisation
log: unified
effect: missing
from: null
to: null
condition: >
  While AuditDisabled is true in the organisation's configuration no mailbox is audited, and a mailbox's own switch is
  ignored.
recognise: >
  Get-OrganizationConfig, or a Set-OrganizationConfig record.
claims: [coverage, exposure]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
*/
SELECT 'tenant_settings' AS table_name, row_id, valid_from AS time
FROM tenant_settings
WHERE setting = 'audit_disabled' AND LOWER(value) = 'true'
