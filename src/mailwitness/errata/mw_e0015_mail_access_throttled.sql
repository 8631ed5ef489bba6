/*
id: MW-E0015
title: Mail accesses of a busy mailbox go unrecorded for a day
log: unified
effect: missing
from: null
to: null
condition: >
  Permanent: after more than 1,000 mail-access records of a mailbox within 24 hours, binds are not recorded for the next
  24 hours. Syncs still are.
recognise: >
  IsThrottled True; or a thousand binds and then silence, for newer records do not always carry the mark.
claims: [coverage, exposure]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
*/
SELECT 'mail_accesses' AS table_name, row_id, time
FROM mail_accesses
WHERE is_throttled
