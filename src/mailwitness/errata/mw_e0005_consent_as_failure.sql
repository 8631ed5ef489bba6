/*
id: MW-E0005
title: A failure that proves the password was right
log: signins
effect: false failure
from: null
to: null
condition: >
  Permanent: missing or declined consent (65001, 65004) is recorded as a failed logon although the person was
  authenticated.
recognise: >
  A sign-in with error 65001 or 65004. It is no sign of a wrong password.
claims: [accuracy]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
  - https://github.com/invictus-ir/o365_dataset (counted in auditrecords.7z)
*/
SELECT 'signins' AS table_name, row_id, time
FROM signins
WHERE error_code IN (65001, 65004)
