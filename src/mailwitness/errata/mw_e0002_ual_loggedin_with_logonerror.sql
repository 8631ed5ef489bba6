/*
id: MW-E0002
title: A UserLoggedIn record that carries a logon error
log: unified
effect: false success
from: null
to: null
condition: >
  Tenants up to 2020, and possibly later: the operation says logged in and LogonError names a failure (disabled account,
  unknown user).
recognise: >
  UserLoggedIn with LogonError set.
claims: [accuracy, provenance]
confidence: reported
checked: 2026-11-25
sources:
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/office-365-management-activity-api-schema.md
  - docs.umbrella.com, 2019-03-13
  - cybersecurity.att.com, USM documentation
*/
SELECT 'audit_events' AS table_name, row_id, time
FROM audit_events
WHERE operation = 'UserLoggedIn' AND logon_error <> ''
