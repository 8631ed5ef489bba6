/*
id: MW-E0027
title: Mailbox records of cheaper licences never reached the unified log
log: unified
effect: missing
from: 2019-01-01
to: 2024-01-31
condition: >
  2019 to about 2023: events of mailboxes without an E5 licence were kept in the mailbox and not sent to the unified
  log, although AuditEnabled showed True, unless it had been set explicitly.
recognise: >
  No mailbox record of such users, while Search-MailboxAuditLog has them.
doubt: >
  The end of the window is known to about half a year.
claims: [coverage]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
  - office365itpros.com, 2020-03-12
*/
