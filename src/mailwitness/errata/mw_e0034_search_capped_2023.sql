/*
id: MW-E0034
title: Searches of mid-2023 came back capped
log: collection
effect: truncated
from: 2023-06-01
to: 2023-10-31
condition: >
  Mid-2023: an ordinary search without SessionCommand was cut near 120 rows.
recognise: >
  Small round counts for each window searched.
doubt: >
  The window is known to the month only.
claims: [coverage]
confidence: reported
checked: 2026-11-25
sources:
  - hackertakeout.com, 2023-09-05
  - practical365.com, audit log query API
*/
