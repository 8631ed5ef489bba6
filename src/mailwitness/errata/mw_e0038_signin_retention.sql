/*
id: MW-E0038
title: Sign-ins are kept 7 or 30 days
log: signins
effect: missing
from: null
to: null
condition: >
  Permanent: 7 days in the free edition, 30 with P1 or P2; an upgrade does not bring back more.
recognise: >
  Nothing older than that before the day of the export.
claims: [coverage, provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention
*/
