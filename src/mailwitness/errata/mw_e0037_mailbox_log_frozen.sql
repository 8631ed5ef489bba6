/*
id: MW-E0037
title: The mailbox's own audit log is no longer written
log: unified
effect: missing
from: 2025-03-01
to: null
condition: >
  From 2025-03-01 the per-mailbox log is not written, from June 2025 it is read-only, and its cmdlets retire.
recognise: >
  An empty Search-MailboxAuditLog result of after that day proves nothing.
claims: [coverage]
confidence: reported
checked: 2026-11-25
sources:
  - windowsnews.ai, Exchange audit cmdlets
  - https://learn.microsoft.com/powershell/module/exchange/search-mailboxauditlog
*/
