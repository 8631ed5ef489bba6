/*
id: MW-E0040
title: The portal merges non-interactive rows
log: collection
effect: truncated
from: null
to: null
condition: >
  Permanent: rows of one application, user, address, status and resource are merged over 1, 6 or 24 hours.
recognise: >
  A row that stands for several sign-ins.
claims: [provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-noninteractive-sign-ins
*/
SELECT 'signins' AS table_name, row_id, time
FROM signins
WHERE sign_ins_grouped > 1
