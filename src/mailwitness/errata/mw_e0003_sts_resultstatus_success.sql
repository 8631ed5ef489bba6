/*
id: MW-E0003
title: ResultStatus says success on a failed logon
log: unified
effect: false success
from: null
to: null
condition: >
  Permanent: for logons of the identity provider ResultStatus tells only that the HTTP call worked. In a public data set
  292 of 368 failed logons say Success.
recognise: >
  UserLoginFailed with ResultStatus Success or Succeeded. Decide by operation and error number, never by ResultStatus.
claims: [accuracy]
confidence: documented
checked: 2026-11-25
sources:
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/office-365-management-activity-api-schema.md
  - https://github.com/invictus-ir/o365_dataset (counted in auditrecords.7z)
*/
SELECT 'audit_events' AS table_name, row_id, time
FROM audit_events
WHERE operation = 'UserLoginFailed' AND LOWER(result_status) IN ('success', 'succeeded')
