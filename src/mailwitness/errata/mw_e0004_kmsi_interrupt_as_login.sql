/*
id: MW-E0004
title: The keep-me-signed-in interrupt recorded as a logon
log: unified
effect: ambiguous
from: null
to: null
condition: >
  Seen in 2021: the interrupt 50140 makes a UserLoggedIn record of its own, and the logon that follows makes another.
recognise: >
  UserLoggedIn with error number 50140. Count the two as one logon.
claims: [accuracy]
confidence: observed
checked: 2026-11-25
sources:
  - https://github.com/invictus-ir/o365_dataset (counted in auditrecords.7z)
  - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
*/
SELECT 'audit_events' AS table_name, row_id, time
FROM audit_events
WHERE operation = 'UserLoggedIn' AND error_number = 50140
