/*
id: MW-E0014
title: A Copilot interaction that does not name what it read
log: unified
effect: missing
from: null
to: 2025-08-18
condition: >
  Until 2025-08-18: the interaction was recorded without the resources it had accessed.
recognise: >
  CopilotInteraction records of that time; their empty AccessedResources is in the raw record.
claims: [exposure]
confidence: reported
checked: 2026-11-25
sources:
  - codegurus.eu, 2025-08
  - windowsnews.ai, 2025-08
*/
SELECT 'audit_events' AS table_name, row_id, time
FROM audit_events
WHERE operation = 'CopilotInteraction' AND time < TIMESTAMP '2025-08-19 00:00:00'
