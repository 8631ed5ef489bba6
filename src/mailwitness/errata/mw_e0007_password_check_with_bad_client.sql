/*
id: MW-E0007
title: A validated password behind a failed row
log: signins
effect: false failure
from: null
to: 2025-06-30
condition: >
  Found in December 2024 and fixed later (known as GraphGhost): the password was validated, then a wrong client id
  failed the request, and only the failure was recorded.
recognise: >
  A failure with error 700016 (application not found). Treat the password as possibly validated.
doubt: >
  Read in secondary reports only; the end of the window is an assumption.
claims: [accuracy]
confidence: reported
checked: 2026-11-25
sources:
  - ubos.tech, 2026-03-20
  - nebelwolfi.xyz, 2026-03-20
  - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
*/
SELECT 'signins' AS table_name, row_id, time
FROM signins
WHERE error_code = 700016
