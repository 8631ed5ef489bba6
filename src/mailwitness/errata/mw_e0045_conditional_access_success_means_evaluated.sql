/*
id: MW-E0045
title: Conditional Access success may mean only that a policy was evaluated
log: signins
effect: ambiguous
from: null
to: null
condition: >
  Permanent: conditionalAccessStatus says success also when policies were merely evaluated, and notApplied on
  interrupts.
recognise: >
  Decide by the policies that the row lists, not by the status.
claims: [accuracy]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-in-log-activity-details
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-interactive-sign-ins
*/
SELECT 'signins' AS table_name, row_id, time
FROM signins
WHERE LOWER(conditional_access_status) = 'success' AND applied_conditional_access_policies IS NULL
