/*
id: MW-E0029
title: Searches in a mailbox are recorded only where that was switched on
log: unified
effect: missing
from: null
to: null
condition: >
  SearchQueryInitiated is in no default set.
recognise: >
  No SearchQueryInitiated record, and the action in no AuditOwner list.
claims: [coverage]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
  - techcommunity.microsoft.com, Public Sector blog 4063661, 2024-02-21
*/
