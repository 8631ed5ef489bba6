/*
id: MW-E0016
title: One record tells of several accesses, and a repeated access of none
log: unified
effect: truncated
from: null
to: null
condition: >
  Permanent: binds within two minutes are one record, and the same access within an hour makes no further record.
recognise: >
  By design. Counts of records are not counts of accesses, and a time is known to minutes.
claims: [exposure]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/purview/audit-log-investigate-accounts
*/
SELECT 'mail_accesses' AS table_name, row_id, time
FROM mail_accesses
WHERE operation = 'MailItemsAccessed' AND operation_count > 1
