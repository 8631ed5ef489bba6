/*
id: MW-E0025
title: A mailbox whose audited actions were once customised
log: unified
effect: missing
from: null
to: null
condition: >
  Once AuditOwner, AuditDelegate or AuditAdmin was set by hand, new actions do not arrive by themselves for that logon
  type; MailItemsAccessed may be missing.
recognise: >
  DefaultAuditSet lacks a logon type.
claims: [coverage, exposure]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
*/
SELECT 'mailbox_settings' AS table_name, row_id, valid_from AS time
FROM mailbox_settings
WHERE default_audit_set IS NOT NULL
  AND NOT (LOWER(default_audit_set) LIKE '%owner%' AND LOWER(default_audit_set) LIKE '%delegate%' AND LOWER(default_audit_set) LIKE '%admin%')
