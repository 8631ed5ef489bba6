/*
id: MW-E0043
title: Authentication details are wrong for a while after the event
log: signins
effect: ambiguous
from: null
to: null
condition: >
  Just after a sign-in, satisfied by claim may be wrong and the primary step missing until rows are aggregated.
recognise: >
  Fetch again a day later.
claims: [accuracy]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-in-log-activity-details
*/
