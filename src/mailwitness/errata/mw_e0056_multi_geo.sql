/*
id: MW-E0056
title: Access across regions of a multi-geo tenant is not in the mailbox audit
log: unified
effect: missing
from: null
to: null
condition: >
  Mailbox audit across regions is not supported; Exchange admin records were only in the default region until April
  2023.
recognise: >
  Not to be seen in data.
claims: [coverage]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-mailboxes
  - techcommunity.microsoft.com, 3793150
*/
