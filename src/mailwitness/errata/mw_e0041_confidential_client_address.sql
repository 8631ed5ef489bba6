/*
id: MW-E0041
title: A refresh shows the address of the first issue, not the caller's
log: signins
effect: misattributed
from: null
to: null
condition: >
  Permanent: when a confidential client refreshes a token the row shows the address of the original issue.
recognise: >
  Non-interactive rows with a refresh token. Do not place the caller by their address alone.
claims: [provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-noninteractive-sign-ins
*/
SELECT 'signins' AS table_name, row_id, time
FROM signins
WHERE stream = 'non_interactive' AND incoming_token_type = 'refreshToken'
