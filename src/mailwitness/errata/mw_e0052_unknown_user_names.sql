/*
id: MW-E0052
title: A failed logon no longer names who was tried
log: unified
effect: missing
from: 2020-11-01
to: null
condition: >
  Since November 2020 the name typed for an unknown user is not in the record.
recognise: >
  UserLoginFailed without a name.
claims: [accuracy]
confidence: documented
checked: 2026-11-25
sources:
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/troubleshooting-the-office-365-management-activity-api.md
*/
SELECT 'audit_events' AS table_name, row_id, time
FROM audit_events
WHERE operation = 'UserLoginFailed' AND (user_id IS NULL OR user_id IN ('', 'Not Available'))
