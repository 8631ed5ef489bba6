/*
id: MW-E0042
title: TimeGenerated of Log Analytics is not the time of the sign-in
log: collection
effect: misattributed
from: null
to: null
condition: >
  Permanent: it is the time of ingestion, for risky rows that of detection. CreatedDateTime is the sign-in's.
recognise: >
  Rows whose time of ingestion lies far from their own.
claims: [accuracy, provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-interactive-sign-ins
*/
SELECT 'signins' AS table_name, row_id, time
FROM signins
WHERE ingested_at > time + INTERVAL '10' MINUTE
