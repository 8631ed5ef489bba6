/*
id: MW-E0047
title: Sign-ins of Microsoft's own service principals are not logged
log: signins
effect: missing
from: null
to: null
condition: >
  Permanent: app-only sign-ins of first-party applications are left out.
recognise: >
  A mail access or Graph request by such an application without a sign-in.
claims: [provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/entra/identity/monitoring-health/concept-interactive-sign-ins
  - https://learn.microsoft.com/graph/microsoft-graph-activity-logs-overview
*/
