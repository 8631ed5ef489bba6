/*
id: MW-E0051
title: The client address may be a Microsoft service's
log: unified
effect: misattributed
from: null
to: null
condition: >
  Permanent: where a service acts for a user the record has the service's address. In a public data set 165 of 288
  distinct binds have one.
recognise: >
  Mail accesses by the service's own client string.
claims: [exposure, provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/office-365-management-activity-api-schema.md
  - https://github.com/invictus-ir/o365_dataset (counted in auditrecords.7z)
*/
SELECT 'mail_accesses' AS table_name, row_id, time
FROM mail_accesses
WHERE LOWER(client_info_string) LIKE '%client=restsystem%'
