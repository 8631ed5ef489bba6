/*
id: MW-E0019
title: An account whose acts on mailboxes are not recorded
log: unified
effect: missing
from: null
to: null
condition: >
  While AuditBypassEnabled is true for an account, none of its acts on any mailbox is recorded.
recognise: >
  Get-MailboxAuditBypassAssociation, or a Set-MailboxAuditBypassAssociation record.
claims: [coverage, exposure]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/powershell/module/exchange/set-mailboxauditbypassassociation
  - https://learn.microsoft.com/purview/audit-mailboxes
*/
SELECT 'mailbox_settings' AS table_name, row_id, valid_from AS time
FROM mailbox_settings
WHERE audit_bypass
