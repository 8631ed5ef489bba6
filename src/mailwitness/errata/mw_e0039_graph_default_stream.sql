/*
id: MW-E0039
title: A list of sign-ins from Graph is interactive only
log: collection
effect: truncated
from: null
to: null
condition: >
  Permanent: without a filter on signInEventTypes both versions of Graph list interactive sign-ins alone.
recognise: >
  Sign-ins in the case, and none of them non-interactive.
claims: [coverage, provenance]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/graph/api/resources/signin?view=graph-rest-beta
*/
SELECT 'signins' AS table_name, MIN(row_id) AS row_id, MIN(time) AS time
FROM signins
WHERE stream = 'interactive'
  AND NOT EXISTS (SELECT row_id FROM signins WHERE stream = 'non_interactive')
HAVING COUNT(*) > 0
