/*
id: MW-E0033
title: A search ends at its limit without saying so
log: collection
effect: truncated
from: null
to: null
condition: >
  Search-UnifiedAuditLog gives 100 records by default, 5,000 at most, 50,000 in a session; mixing session commands gives
  10,000; results are unsorted. A portal export ends at 50,000 rows.
recognise: >
  An item with exactly such a number of records.
claims: [coverage]
confidence: documented
checked: 2026-11-25
sources:
  - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog
*/
SELECT 'evidence' AS table_name, evidence_id AS row_id, scope_from AS time
FROM evidence
WHERE records IN (100, 5000, 10000, 50000) AND reader LIKE '%ual%'
