/*
id: MW-E0036
title: How long a record is kept depends on when it was made
log: unified
effect: missing
from: null
to: null
condition: >
  Records of standard auditing made before 2023-10-17 are kept 90 days, later ones 180; premium a year for Exchange,
  SharePoint and Entra.
recognise: >
  Nothing older than that before the day of the export.
claims: [coverage]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-get-started
*/
