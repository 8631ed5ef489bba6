/*
id: MW-E0054
title: Requests to Graph are logged only where that was switched on
log: graph_activity
effect: missing
from: null
to: null
condition: >
  Opt-in, needs P1 and an Azure subscription, is kept nowhere else, comes within 30 minutes to 2 hours, and only in the
  resource tenant.
recognise: >
  No Graph activity in the case proves nothing without the diagnostic setting.
claims: [coverage, exposure]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/graph/microsoft-graph-activity-logs-overview
*/
