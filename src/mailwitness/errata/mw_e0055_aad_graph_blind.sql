/*
id: MW-E0055
title: The log of the old Azure AD Graph was empty
log: graph_activity
effect: missing
from: null
to: 2026-05-31
condition: >
  The table was documented in May 2025 and had no data before May 2026.
recognise: >
  Not to be seen in data.
claims: [coverage]
confidence: reported
checked: 2026-11-25
sources:
  - cloudbrothers.info, AADGraphActivityLogs
*/
