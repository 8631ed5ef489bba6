/*
id: MW-E0028
title: Mail-access records of cheaper licences begin with a roll-out
log: unified
effect: missing
from: null
to: 2024-09-30
condition: >
  Announced on 2023-07-19; agencies of the United States from February 2024, commercial tenants about June 2024. Before
  a tenant's own day its users without E5 have no mail-access record.
recognise: >
  No mail access by such a user before the tenant's first.
doubt: >
  The day of a tenant is not published; it can be seen only in its data. The end of the window is an assumption.
claims: [coverage, exposure]
confidence: established
checked: 2026-11-25
sources:
  - helpnetsecurity.com, 2024-02-22
  - office365itpros.com, 2024-05
*/
