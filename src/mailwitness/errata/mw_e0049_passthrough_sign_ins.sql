/*
id: MW-E0049
title: Cross-tenant passthrough rows lack their tenant
log: signins
effect: missing
from: null
to: null
condition: >
  Older rows: passthrough sign-ins are incomplete, and the home tenant's name is never filled.
recognise: >
  Rows whose cross-tenant access type is passthrough.
claims: [provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-interactive-sign-ins
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-in-log-activity-details
*/
SELECT 'signins' AS table_name, row_id, time
FROM signins
WHERE LOWER(cross_tenant_access_type) = 'passthrough'
