/*
id: MW-E0048
title: The correlation id is what the client says
log: signins
effect: misattributed
from: null
to: null
condition: >
  Permanent: the client supplies it, so anyone can repeat another's.
recognise: >
  Never a proof that two rows belong together.
claims: [provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-in-log-activity-details
*/
