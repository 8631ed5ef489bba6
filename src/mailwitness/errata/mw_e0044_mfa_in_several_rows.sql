/*
id: MW-E0044
title: One sign-in with MFA is several rows in Azure Monitor
log: signins
effect: duplicated
from: null
to: null
condition: >
  Permanent: one row of the portal is many in Azure Monitor, with one correlation id.
recognise: >
  Several rows of one correlation id.
claims: [accuracy]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-in-log-activity-details
*/
SELECT 'signins' AS table_name, s.row_id, s.time
FROM signins AS s
JOIN (
    SELECT correlation_id
    FROM signins
    WHERE stream = 'interactive' AND correlation_id <> ''
    GROUP BY correlation_id
    HAVING COUNT(*) > 1
) AS several ON several.correlation_id = s.correlation_id
WHERE s.stream = 'interactive'
