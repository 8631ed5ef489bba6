/*
id: MW-E0018
title: A search for record type 50 alone loses every sync
log: collection
effect: truncated
from: null
to: null
condition: >
  Seen in 2021: binds are record type 50, syncs record type 2. A collector that asks for the first alone has no sync.
recognise: >
  Binds in the case, and no record of type 2 at all.
doubt: >
  Whether newer syncs are still record type 2 was not verified.
claims: [coverage, exposure]
confidence: observed
checked: 2026-11-25
sources:
  - https://github.com/invictus-ir/o365_dataset (counted in auditrecords.7z)
*/
SELECT 'mail_accesses' AS table_name, MIN(row_id) AS row_id, MIN(time) AS time
FROM mail_accesses
WHERE record_type = 50
  AND NOT EXISTS (SELECT row_id FROM audit_events WHERE record_type = 2)
HAVING COUNT(*) > 0
