/*
id: MW-E0060
title: Changes of a group's addresses are not recorded
log: unified
effect: missing
from: 2024-01-01
to: null
condition: >
  2024: Set-UnifiedGroup changes of addresses made no record.
recognise: >
  Not to be seen in data.
claims: [coverage]
confidence: reported
checked: 2026-11-25
sources:
  - https://michev.info/blog/post/6047
*/
