/*
id: MW-E0035
title: Large searches missed rows until the high-completeness mode
log: collection
effect: truncated
from: 2023-06-01
to: 2025-01-31
condition: >
  Large searches timed out and missed rows; HighCompleteness came in April 2024 (MC736435) and is always on since late
  January 2025 (MC955752).
recognise: >
  An export by Search-UnifiedAuditLog made before February 2025 may be incomplete.
doubt: >
  The cmdlet's page still says that a search without the switch may miss rows.
claims: [coverage]
confidence: reported
checked: 2026-11-25
sources:
  - office365itpros.com, 2024-03-26
  - m365jp.net, MC955752
  - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog
*/
SELECT 'evidence' AS table_name, evidence_id AS row_id, scope_from AS time
FROM evidence
WHERE reader LIKE 'sual%' AND scope_to < TIMESTAMP '2025-02-01 00:00:00'
