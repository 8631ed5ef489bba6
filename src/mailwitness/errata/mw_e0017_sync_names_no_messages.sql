/*
id: MW-E0017
title: A sync record names a folder and no messages
log: unified
effect: ambiguous
from: null
to: null
condition: >
  Permanent: the desktop client takes a folder, and everything then in it counts as taken. What it reads afterwards
  offline is recorded nowhere.
recognise: >
  Mail accesses of type Sync.
claims: [exposure]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
  - https://github.com/invictus-ir/o365_dataset (counted in auditrecords.7z)
*/
SELECT 'mail_accesses' AS table_name, row_id, time
FROM mail_accesses
WHERE mail_access_type = 'Sync'
