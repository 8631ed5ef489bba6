/*
id: MW-E0061
title: Auditing is not on by default for small-business plans
log: unified
effect: missing
from: null
to: null
condition: >
  Business Basic, Standard and Premium, and trials: the unified log must be switched on by hand.
recognise: >
  The ingestion switch.
doubt: >
  One secondary source.
claims: [coverage]
confidence: reported
checked: 2026-11-25
sources:
  - mateohela.com
*/
