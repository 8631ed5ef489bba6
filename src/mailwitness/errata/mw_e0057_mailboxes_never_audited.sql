/*
id: MW-E0057
title: Group, resource and public-folder mailboxes have no mail-access records
log: unified
effect: missing
from: null
to: null
condition: >
  Permanent: group mailboxes have a fixed set of actions without MailItemsAccessed and Send; resource and public-folder
  mailboxes have no default auditing.
recognise: >
  The recipient type.
claims: [coverage, exposure]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
*/
SELECT 'mailbox_settings' AS table_name, row_id, valid_from AS time
FROM mailbox_settings
WHERE LOWER(recipient_type) LIKE '%group%' OR LOWER(recipient_type) LIKE '%room%' OR LOWER(recipient_type) LIKE '%equipment%'
   OR LOWER(recipient_type) LIKE '%publicfolder%'
