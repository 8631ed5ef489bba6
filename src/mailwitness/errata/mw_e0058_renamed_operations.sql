/*
id: MW-E0058
title: Operations are renamed without notice
log: unified
effect: truncated
from: null
to: null
condition: >
  For example FileDeleted became FileRecycled in SharePoint.
recognise: >
  An operation that ends one day, and another that begins.
claims: [detection]
confidence: reported
checked: 2026-11-25
sources:
  - hackertakeout.com, 2023-09-05
*/
