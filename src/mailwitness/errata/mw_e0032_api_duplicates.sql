/*
id: MW-E0032
title: The Management API delivers records twice
log: collection
effect: duplicated
from: null
to: null
condition: >
  Permanent and by design: deliveries are repeated. The portal's export removes duplicates, the interface does not.
recognise: >
  One record id with several sightings. Counted once here.
claims: [exposure]
confidence: documented
checked: 2026-11-25
sources:
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/troubleshooting-the-office-365-management-activity-api.md
  - https://github.com/invictus-ir/o365_dataset (counted in auditrecords.7z)
*/
SELECT 'audit_events' AS table_name, row_id, time
FROM audit_events
WHERE sightings > 1
